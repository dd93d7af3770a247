//! The engine under faults: seeded histories driven through an API server that fails in every way it can.
//!
//! A run follows from its seed. `TENTER_FAULT_SEED=17` runs that one alone and prints what happened, `TENTER_FAULT_SEEDS=50`
//! runs so many.
#![allow(clippy::unwrap_used, reason = "helpers of tests, outside of their functions")]

mod check;
mod files;
mod ground;
mod history;
mod losses;
mod outages;
mod run;
mod seeds;
