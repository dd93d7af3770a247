//! Tables of what plan decides.

mod decide;
mod dependency;
mod diff;
mod drift;
mod expression;
mod fixtures;
mod health_builtin;
mod health_custom;
mod health_helm;
mod inventory;
mod order;
mod owned;
