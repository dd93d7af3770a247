//! What charts bring along: the defaults that given values are put over.

use crate::template::value::Map;

/// The defaults of a chart and of everything below it, as one rendering sees them.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// The name under which its parent has values for it: its alias, if it has one.
    pub name: String,
    /// The content of its `values.yaml`.
    pub values: Map,
    /// Those of the charts it depends on that are enabled, in the order of its `Chart.yaml`.
    pub dependencies: Vec<Defaults>,
}
