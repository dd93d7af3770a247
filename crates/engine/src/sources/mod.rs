//! Reconciles sources of every kind: fetches, keeps the artifact in memory, and wakes who is made from it.
//!
//! There is one task for each object and one order of work, in `actor`. What is peculiar to a kind is a module of its
//! own: it says what to fetch, and what to tell of it. Everything else is the same for all: when to look, what status
//! and events look like, and what happens after a failure.

mod actor;
mod bucket;
pub mod chart_preview;
mod connection;
mod failure;
mod found;
mod git;
mod helm_chart;
mod helm_repository;
mod look;
mod object;
mod oci;
mod remotes;
mod report;
mod secrets;
mod status;
mod telling;
mod verification;

pub(crate) use actor::Actor;
pub(crate) use object::SourceType;
pub use remotes::{Locals, RemoteError, Remotes};
