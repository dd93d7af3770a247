//! The values a chart is rendered with: those a user gives, over its defaults and those of the charts below it.

mod coalesce;
mod copy;
mod defaults;
mod file;
mod given;
#[cfg(test)]
mod given_tests;
mod tables;
#[cfg(test)]
mod tests;
mod warning;

pub use coalesce::{Coalesced, Rules, TypeMismatch, coalesce, merge};
pub use defaults::Defaults;
pub use file::{FileError, read, read_json};
pub use given::{Given, GivenError, ValuesFile};
pub(crate) use tables::{fill_tables, overlay};
pub use warning::Warning;
