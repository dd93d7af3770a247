//! The definitions of custom resources that charts bring along.

use super::{Chart, ChartFile};

/// A file below `crds/`.
#[derive(Debug, Clone)]
pub struct Crd<'a> {
    /// The path with the charts it is in: `parent/charts/child/crds/crd.yaml`.
    pub full_name: String,
    /// The file; its name is the path below its chart.
    pub file: &'a ChartFile,
}

impl Chart {
    /// The definitions of the chart and of the charts below it, in Helm's order: as the files are found, those of a chart
    /// before those of the charts below it.
    pub fn crds(&self) -> Vec<Crd<'_>> {
        self.walk()
            .into_iter()
            .flat_map(|placed| {
                let files = placed.chart.files.iter().filter(|file| is_crd(&file.name));
                files.map(move |file| Crd { full_name: format!("{}/{}", placed.full_path, file.name), file })
            })
            .collect()
    }
}

/// Below `crds/`, with an extension of manifests.
fn is_crd(name: &str) -> bool {
    let extension =
        name.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension);
    name.starts_with("crds/") && ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
