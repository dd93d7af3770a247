//! Reconciles GitRepositories: fetches, keeps the artifact in memory, and wakes who builds from it.

mod actor;
mod request;

pub(crate) use actor::Actor;
