//! What charts bring along: the defaults that given values are put over.

use crate::helm::chart::Chart;
use crate::template::Value;
use crate::template::value::{Map, Text};

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

impl Defaults {
    /// Those of a chart as it is: which of the charts below are enabled is decided before, see
    /// [`crate::helm::chart::dependencies::process`].
    pub fn of(chart: &Chart) -> Defaults {
        Defaults {
            name: chart.metadata.name.clone(),
            values: table(&chart.values),
            dependencies: chart.dependencies.iter().map(Defaults::of).collect(),
        }
    }
}

fn table(values: &serde_json::Map<String, serde_json::Value>) -> Map {
    values.iter().map(|(name, value)| (Text::from(name.as_str()), Value::from_json(value))).collect()
}
