//! Charts as data: what a directory or an archive of a chart holds, read once and shared.

mod metadata;

use std::sync::Arc;

pub use metadata::{Dependency, ImportValues, Lock, Maintainer, Metadata};

/// A chart with everything below it. Clones share the content of its files.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// `Chart.yaml`, with the dependencies of a `requirements.yaml`.
    pub metadata: Metadata,
    /// `Chart.lock` or `requirements.lock`.
    pub lock: Option<Lock>,
    /// The content of `values.yaml`, with numbers as Helm reads them: all of them `float64`.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// What is below `templates/`, by path.
    pub templates: Vec<ChartFile>,
    /// All other files but those of dependencies: `crds/`, `README.md`, what templates read with `.Files`.
    pub files: Vec<ChartFile>,
    /// Every file as it was found, for who stores or shows the chart.
    pub raw: Vec<ChartFile>,
    /// The charts below `charts/`.
    pub dependencies: Vec<Chart>,
}

/// A file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFile {
    /// The path below the chart's folder, with `/`: `templates/service.yaml`.
    pub name: String,
    /// The content, without a byte order mark.
    pub data: Arc<[u8]>,
}
