//! `helmCharts`, `helmGlobals`, and what they were before: `helmChartInflationGenerator`.

use manifest::Value;
use serde::Deserialize;
use serde_json::Map;

use super::Shape;

/// An entry of `helmCharts`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ChartEntry {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) repo: String,
    pub(crate) release_name: String,
    pub(crate) namespace: String,
    pub(crate) additional_values_files: Vec<String>,
    pub(crate) values_file: String,
    pub(crate) values_inline: Map<String, Value>,
    pub(crate) values_merge: String,
    #[serde(rename = "includeCRDs")]
    pub(crate) include_crds: bool,
    pub(crate) skip_hooks: bool,
    pub(crate) api_versions: Vec<String>,
    pub(crate) kube_version: String,
    pub(crate) name_template: String,
    pub(crate) skip_tests: bool,
    pub(crate) devel: bool,
}

/// `helmGlobals`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ChartGlobals {
    pub(crate) chart_home: String,
}

/// An entry of `helmChartInflationGenerator`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OldChartEntry {
    chart_name: String,
    chart_version: String,
    chart_repo_url: String,
    chart_home: String,
    values: String,
    values_local: Map<String, Value>,
    values_merge: String,
    release_name: String,
}

impl OldChartEntry {
    /// As it is written today; `globals` get the folder of charts, if it names one.
    pub(super) fn renewed(self, globals: &mut ChartGlobals) -> ChartEntry {
        if !self.chart_home.is_empty() {
            globals.chart_home = self.chart_home;
        }
        ChartEntry {
            name: self.chart_name,
            version: self.chart_version,
            repo: self.chart_repo_url,
            release_name: self.release_name,
            values_file: self.values,
            values_inline: self.values_local,
            values_merge: self.values_merge,
            ..ChartEntry::default()
        }
    }
}

const TEXTS: Shape = Shape::List(&Shape::Text);
const VALUES: Shape = Shape::MapOf(&Shape::Anything);

pub(crate) const CHART: Shape = Shape::Object(&[
    ("name", &Shape::Text),
    ("version", &Shape::Text),
    ("repo", &Shape::Text),
    ("releaseName", &Shape::Text),
    ("namespace", &Shape::Text),
    ("additionalValuesFiles", &TEXTS),
    ("valuesFile", &Shape::Text),
    ("valuesInline", &VALUES),
    ("valuesMerge", &Shape::Text),
    ("includeCRDs", &Shape::Flag),
    ("skipHooks", &Shape::Flag),
    ("apiVersions", &TEXTS),
    ("kubeVersion", &Shape::Text),
    ("nameTemplate", &Shape::Text),
    ("skipTests", &Shape::Flag),
    ("debug", &Shape::Flag),
    ("devel", &Shape::Flag),
]);

pub(crate) const CHART_GLOBALS: Shape = Shape::Object(&[("chartHome", &Shape::Text), ("configHome", &Shape::Text)]);

pub(crate) const OLD_CHART: Shape = Shape::Object(&[
    ("chartName", &Shape::Text),
    ("chartVersion", &Shape::Text),
    ("chartRepoUrl", &Shape::Text),
    ("chartHome", &Shape::Text),
    ("chartRepoName", &Shape::Text),
    ("helmBin", &Shape::Text),
    ("helmHome", &Shape::Text),
    ("values", &Shape::Text),
    ("valuesLocal", &VALUES),
    ("valuesMerge", &Shape::Text),
    ("releaseName", &Shape::Text),
    ("releaseNamespace", &Shape::Text),
    ("extraArgs", &TEXTS),
]);
