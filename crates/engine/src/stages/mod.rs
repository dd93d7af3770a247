//! The stages that write and wait: plan, apply, prune, health and drift. They work alike for Kustomizations and
//! HelmReleases; [`work::Work`] is what they know of either.

pub(crate) mod applied;
pub(crate) mod apply;
pub(crate) mod drift;
pub(crate) mod finalizer;
pub(crate) mod health;
pub(crate) mod prune;
pub mod stop;
pub(crate) mod work;
