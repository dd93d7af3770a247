//! Where the chart of a release comes from.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::HelmRelease;
use crate::flux::helm_chart::{ChartSourceKind, ChartVerification, ReconcileStrategy, all_values_files};
use crate::flux::{GoDuration, Metadata};

/// Where the chart comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReleaseChart<'r> {
    /// A HelmChart that is made for the release.
    Template(&'r ChartTemplate),
    /// An object that is there without it.
    Reference(&'r ChartReference),
}

/// `spec.chartRef`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct ChartReference {
    /// What it is.
    pub kind: ChartReferenceKind,
    /// Its name.
    pub name: String,
    /// Its namespace; that of the release by default.
    #[serde(default)]
    pub namespace: String,
}

/// What has a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum ChartReferenceKind {
    /// A chart in an OCI registry.
    #[serde(rename = "OCIRepository")]
    OciRepository,
    /// A chart from any source.
    HelmChart,
    /// Something that another controller made.
    ExternalArtifact,
}

/// `spec.chart`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ChartTemplate {
    /// Labels and annotations of the HelmChart.
    #[serde(default)]
    pub metadata: ChartTemplateMetadata,
    /// Its spec.
    pub spec: ChartTemplateSpec,
}

/// Labels and annotations of the HelmChart that is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ChartTemplateMetadata {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What the HelmChart is to be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartTemplateSpec {
    /// A name in a Helm repository, or a path in another source.
    pub chart: String,
    /// A version or range; ignored for a path. Empty is the newest.
    #[serde(default)]
    pub version: String,
    /// Where it is.
    pub source_ref: ChartSource,
    /// How often to look for new versions; as often as the release is reconciled by default.
    pub interval: Option<GoDuration>,
    /// What makes a new artifact.
    #[serde(default)]
    pub reconcile_strategy: ReconcileStrategy,
    /// Files to take in place of `values.yaml`.
    #[serde(default)]
    pub values_files: Vec<String>,
    /// The one file of older versions.
    #[serde(default)]
    pub values_file: String,
    /// Whether files that are not there are passed over.
    #[serde(default)]
    pub ignore_missing_values_files: bool,
    /// Which signatures to demand.
    pub verify: Option<ChartVerification>,
}

/// The source of a chart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct ChartSource {
    /// What it is; older versions let it be left out for a Helm repository.
    #[serde(default)]
    pub kind: ChartSourceKind,
    /// Its name.
    pub name: String,
    /// Its namespace; that of the release by default.
    #[serde(default)]
    pub namespace: String,
}

impl ChartReference {
    /// The namespace of the object.
    pub fn namespace<'r>(&'r self, release: &'r Metadata) -> &'r str {
        super::first_of(&self.namespace, &release.namespace)
    }
}

impl ChartTemplate {
    /// The namespace of the HelmChart, which is that of its source.
    pub fn namespace<'r>(&'r self, release: &'r Metadata) -> &'r str {
        super::first_of(&self.spec.source_ref.namespace, &release.namespace)
    }

    /// How often to look for new versions.
    pub fn interval(&self, release: &HelmRelease) -> GoDuration {
        self.spec.interval.unwrap_or(release.spec.interval)
    }
}

impl ChartTemplateSpec {
    /// Every values file: the `valuesFile` of older versions, then `valuesFiles`.
    pub fn all_values_files(&self) -> Vec<String> {
        all_values_files(&self.values_files, &self.values_file)
    }
}
