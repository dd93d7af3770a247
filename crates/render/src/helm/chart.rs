//! The charts that values are put together for.

use crate::template::value::Map;

/// A chart with everything below it, as one rendering sees it.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// The name under which its parent has values for it: its alias, if it has one.
    pub name: String,
    /// Its defaults: the content of its `values.yaml`.
    pub values: Map,
    /// The charts it depends on that are enabled, in the order of its `Chart.yaml`.
    pub dependencies: Vec<Chart>,
}
