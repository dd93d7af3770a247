//! `source.toolkit.fluxcd.io` HelmChart.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::git_repository::ArtifactStatus;
use super::oci_repository::IdentityMatch;
use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// One chart of a source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HelmChart {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// Which chart.
    pub spec: HelmChartSpec,
    /// What was fetched.
    #[serde(default)]
    pub status: HelmChartStatus,
}

/// Which chart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmChartSpec {
    /// A name in a Helm repository, or a path in another source.
    pub chart: String,
    /// A version or range; empty is `*`, the newest. Ignored for a path.
    #[serde(default)]
    pub version: String,
    /// Where it is.
    pub source_ref: LocalChartSource,
    /// How often to look for new versions.
    pub interval: GoDuration,
    /// What makes a new artifact.
    #[serde(default)]
    pub reconcile_strategy: ReconcileStrategy,
    /// Files to take in place of `values.yaml`; see [`HelmChartSpec::all_values_files`].
    #[serde(default)]
    pub values_files: Vec<String>,
    /// The one file of older versions.
    #[serde(default)]
    pub values_file: String,
    /// Whether files that are not there are passed over.
    #[serde(default)]
    pub ignore_missing_values_files: bool,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
    /// Which signatures to demand.
    pub verify: Option<ChartVerification>,
}

/// The source of a chart, in its namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct LocalChartSource {
    /// What it is.
    #[serde(default)]
    pub kind: ChartSourceKind,
    /// Its name.
    pub name: String,
}

/// What has charts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum ChartSourceKind {
    /// A Helm repository.
    #[default]
    HelmRepository,
    /// A git repository.
    GitRepository,
    /// A bucket.
    Bucket,
}

impl ChartSourceKind {
    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            ChartSourceKind::HelmRepository => "HelmRepository",
            ChartSourceKind::GitRepository => "GitRepository",
            ChartSourceKind::Bucket => "Bucket",
        }
    }
}

/// What makes a new artifact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ReconcileStrategy {
    /// Another version in `Chart.yaml`.
    #[default]
    ChartVersion,
    /// Another revision of the source.
    Revision,
}

impl ReconcileStrategy {
    /// The word that specs have for it.
    pub fn name(self) -> &'static str {
        match self {
            ReconcileStrategy::ChartVersion => "ChartVersion",
            ReconcileStrategy::Revision => "Revision",
        }
    }
}

/// Which signatures a chart must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartVerification {
    /// `cosign` or `notation`.
    #[serde(default = "cosign")]
    pub provider: String,
    /// Keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalReference>,
    /// Who may have signed, where there is no key.
    #[serde(rename = "matchOIDCIdentity", default, skip_serializing_if = "Vec::is_empty")]
    pub match_oidc_identity: Vec<IdentityMatch>,
}

fn cosign() -> String {
    "cosign".to_owned()
}

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelmChartStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// The revision of the source behind the artifact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub observed_source_artifact_revision: String,
    /// The name and version that the chart was found with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub observed_chart_name: String,
    /// The values files behind the artifact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub observed_values_files: Vec<String>,
    /// Ready, Reconciling, Stalled, ArtifactInStorage, BuildFailed, FetchFailed.
    pub conditions: Conditions,
    /// Where other Flux tools would find the newest artifact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The newest artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactStatus>,
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

impl HelmChart {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<HelmChart, ReadError> {
        read("HelmChart", object)
    }
}

impl HelmChartSpec {
    /// Every values file: the `valuesFile` of older versions, then `valuesFiles`.
    pub fn all_values_files(&self) -> Vec<String> {
        all_values_files(&self.values_files, &self.values_file)
    }

    /// The version or range to look for.
    pub fn version(&self) -> &str {
        if self.version.is_empty() { "*" } else { &self.version }
    }
}

/// `valuesFile`, then `valuesFiles`, as source-controller put them together while it had both.
pub(super) fn all_values_files(files: &[String], file: &str) -> Vec<String> {
    let one = (!file.is_empty()).then(|| file.to_owned());
    one.into_iter().chain(files.iter().cloned()).collect()
}
