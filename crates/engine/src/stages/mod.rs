//! The stages behind rendering: analyse, plan, apply, prune, health and drift. They work alike for Kustomizations and
//! HelmReleases; `work::Work` is what they know of either.

pub mod analyse;
pub(crate) mod applied;
pub(crate) mod apply;
pub mod contested;
pub(crate) mod drift;
pub(crate) mod finalizer;
pub(crate) mod health;
pub(crate) mod ignored;
pub(crate) mod pause;
pub(crate) mod prune;
pub(crate) mod scene;
pub(crate) mod status;
pub mod stop;
pub(crate) mod task;
pub(crate) mod undeclared;
pub(crate) mod work;
