//! What to do about a difference: apply order, decisions with their reasons, prune, drift and health.
//!
//! This crate decides and never acts. It takes manifests, what is known of the live objects and an inventory, and
//! returns a [`decide::Plan`] whose every step says why. It is pure: no I/O, no clock, no environment. Where Flux
//! reconciles the same objects, its code is what these rules follow (fluxcd/pkg/ssa, kustomize-controller, kstatus).

pub mod decide;
pub mod dependency;
pub mod diff;
pub mod expression;
pub mod health;
pub mod inventory;
pub mod labels;
pub mod normalize;
pub mod order;
pub mod owned;
pub mod policy;
pub mod release;

/// The API group whose labels and annotations steer how one object is applied.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";
