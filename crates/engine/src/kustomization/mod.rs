//! Reconciles Kustomizations.
//!
//! Each Kustomization has one task (`actor.rs`), so that a slow or failing one never holds up another. A run goes through
//! the stages of `pipeline.rs`; between runs the task sleeps until something it depends on changes.

pub(crate) mod actor;
pub(crate) mod analyse;
pub(crate) mod build;
pub(crate) mod decryption;
pub(crate) mod finalize;
pub(crate) mod gate;
pub mod halt;
pub(crate) mod memory;
pub(crate) mod report;
pub(crate) mod successors;
mod telling;
pub(crate) mod variables;

pub use build::render;
pub use decryption::{Decryption, SopsKeys, reference as decryption_reference};
pub use variables::{merge as merge_variables, references as variable_references};

/// Pins a Kustomization to a past revision: `tenter rollback` sets it, and `tenter rollback --release` removes it.
pub const PINNED_REVISION: &str = "tenter.dev/pinned-revision";

/// What to do about drift: `warn` only reports it. On a Kustomization it is for all of its objects.
pub const DRIFT: &str = "tenter.dev/drift";
