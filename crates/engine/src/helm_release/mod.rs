//! Reconciles HelmReleases.
//!
//! Each HelmRelease has one task (`actor.rs`). A run (`reconcile.rs`) asks `plan::release` for one step after another and
//! takes it (`actions/`); what is applied goes through the same stages as the objects of Kustomizations. What Helm
//! stores of a release is written as Helm writes it, so that its command line works on the releases made here.

mod actions;
pub(crate) mod actor;
mod analyse;
mod capabilities;
mod chart_object;
mod crds;
mod detection;
mod drift_rules;
mod finalize;
mod gate;
pub mod halt;
mod hooks;
mod memory;
mod objects;
mod ownership;
mod post_render;
mod preview;
mod reconcile;
mod rendering;
mod report;
mod run;
pub(crate) mod storage;
mod stored;
mod telling;
mod time;
mod values;
mod waiting;

pub use preview::{Preview, preview};
pub use values::{merge as merge_values, references as value_references};
