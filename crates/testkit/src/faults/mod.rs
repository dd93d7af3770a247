//! Faults between a client and an API server: a `tower` layer that delays, refuses, loses, cuts and repeats what passes,
//! and watches that close, tear, lag, expire and go silent.
//!
//! Whether and how a request suffers follows from a seed, the request and how often the same request was made before.
//! Nothing depends on the order in which different requests arrive, so a run with the same seed meets the same faults
//! however its tasks are scheduled. Every fault is logged; [`Weather::log`] prints them.

mod body;
mod chance;
mod climate;
mod process;
mod service;
mod skew;
mod watch;
mod weather;

pub use chance::Chance;
pub use climate::{Climate, Fault, WatchFault};
pub use process::{CrashSide, Process};
pub use service::{FaultLayer, Faulty};
pub use skew::Skew;
pub use weather::Weather;

/// Why a request got no answer.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
