//! What is wrong, weak or dangerous in the configuration of a mesh, said before it is applied.
//!
//! A [`Rule`] looks at a [`mesh::World`] and reports [`Finding`]s. Each rule is one file under `rules/`, whose doc comment is
//! its documentation. [`analyze`] runs rules and brings what they found into the order in which people read it.
//! Pure: no I/O, no clock, no environment.

mod analyze;
mod certificate;
pub mod changelog;
pub mod finding;
mod flagger_services;
pub mod fleet;
mod membership;
mod missing;
mod promql;
pub mod rule;
pub mod rules;
pub mod suppression;
pub mod validation;

pub use analyze::{Analysis, analyze, in_reading_order};
pub use finding::{Finding, Findings};
pub use fleet::{Fleet, analyze_fleet};
pub use rule::{Check, Code, Rule};
pub use suppression::Suppressions;
