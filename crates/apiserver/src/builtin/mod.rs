//! The built-in resources: one declarative table, their schemas, and conversion between the versions two of them have.

mod convert;
mod table;

use std::sync::OnceLock;

use crate::registry::Resource;

pub use convert::convert;
pub(crate) use table::{Declaration, declarations};

/// Every built-in resource, ready to be inserted into a [`crate::registry::Registry`].
pub fn resources() -> Vec<Resource> {
    static RESOURCES: OnceLock<Vec<Resource>> = OnceLock::new();
    RESOURCES.get_or_init(|| declarations().map(|declaration| declaration.resource()).collect()).clone()
}
