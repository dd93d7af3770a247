//! Charts as data: what a directory or an archive of a chart holds, read once and shared.

mod crds;
pub mod dependencies;
pub mod load;
mod metadata;
mod package;
#[cfg(test)]
mod package_tests;
pub mod schema;
mod whole_numbers;

use std::sync::Arc;

pub use crds::Crd;
pub use metadata::{Dependency, ImportValues, Lock, Maintainer, Metadata};
pub use package::PackageError;

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

impl Chart {
    /// Its name: the alias, once its parent's dependencies are processed.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether it only has templates for others and is not installed itself.
    pub fn is_library(&self) -> bool {
        self.metadata.kind == "library"
    }

    /// The chart and all charts below it, each before those below it, with the path that Helm names their files by:
    /// `parent/charts/child`.
    pub fn walk(&self) -> Vec<Placed<'_>> {
        let mut placed = Vec::new();
        self.walk_into(self.metadata.name.clone(), &mut placed);
        placed
    }

    fn walk_into<'a>(&'a self, full_path: String, placed: &mut Vec<Placed<'a>>) {
        let paths: Vec<_> =
            self.dependencies.iter().map(|child| (child, format!("{full_path}/charts/{}", child.name()))).collect();
        placed.push(Placed { chart: self, full_path });
        for (child, path) in paths {
            child.walk_into(path, placed);
        }
    }
}

/// A chart and where it is.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// The names of the charts from the root to it: `parent/charts/child`.
    pub full_path: String,
}
