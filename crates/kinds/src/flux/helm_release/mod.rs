//! `helm.toolkit.fluxcd.io` HelmRelease.

mod actions;
mod chart;
mod drift;
mod post_render;
mod remediation;
mod snapshot;
mod status;
#[cfg(test)]
mod tests;
mod values;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::kustomization::{CommonMetadata, DependencyReference, HealthCheckExpression};
use super::{GoDuration, Metadata, ReadError, read};

pub use actions::{
    ChartNameChange, CrdPolicy, DeletionPropagation, Install, Rollback, ServerSideApply, Test, TestFilter, Uninstall,
    Upgrade,
};
pub use chart::{
    ChartReference, ChartReferenceKind, ChartSource, ChartTemplate, ChartTemplateMetadata, ChartTemplateSpec,
    ReleaseChart,
};
pub use drift::{DriftDetection, DriftMode, IgnoreRule, Selector};
pub use post_render::{KustomizeImage, KustomizePatch, KustomizeRenderer, PostRenderStrategy, PostRenderer};
pub use remediation::{
    Failed, LastFailure, Remediation, RemediationStrategy, Remedy, Strategy, StrategyName, TestFailures,
};
pub use snapshot::{Snapshot, Snapshots, TestHook};
pub use status::{HelmReleaseStatus, ReleaseAction};
pub use values::{ValuesKind, ValuesReference};

/// Asks for a Helm release although nothing changed; counts if it equals [`super::REQUESTED_AT`].
pub const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";

/// Asks to forget failures; counts if it equals [`super::REQUESTED_AT`].
pub const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";

/// How many revisions Helm keeps by default.
pub const DEFAULT_MAX_HISTORY: u32 = 5;

/// The longest name of a Helm release.
pub const MAX_RELEASE_NAME: usize = 53;

/// A chart that is installed and kept as its values say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HelmRelease {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// What to install.
    pub spec: HelmReleaseSpec,
    /// What came of it.
    #[serde(default)]
    pub status: HelmReleaseStatus,
}

/// What to install.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmReleaseSpec {
    /// A HelmChart to make; either this or `chart_ref` is there.
    pub chart: Option<ChartTemplate>,
    /// An object that has the chart.
    pub chart_ref: Option<ChartReference>,
    /// How often to reconcile when nothing happens.
    pub interval: GoDuration,
    /// Another cluster.
    pub kube_config: Option<Value>,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
    /// The name of the Helm release; see [`HelmRelease::full_release_name`].
    #[serde(default)]
    pub release_name: String,
    /// The namespace of what the chart makes; see [`HelmRelease::release_namespace`].
    #[serde(default)]
    pub target_namespace: String,
    /// The namespace of Helm's Secrets; see [`HelmRelease::storage_namespace`].
    #[serde(default)]
    pub storage_namespace: String,
    /// HelmReleases that must be ready first.
    #[serde(default)]
    pub depends_on: Vec<DependencyReference>,
    /// How long one action may take; 5 minutes by default.
    pub timeout: Option<GoDuration>,
    /// How many revisions Helm keeps; 0 is all of them.
    pub max_history: Option<i64>,
    /// Whose rights to use.
    pub service_account_name: Option<String>,
    /// Whether one client serves all of a reconciliation; true by default.
    pub persistent_client: Option<bool>,
    /// Whether changes in the cluster are looked for.
    #[serde(default)]
    pub drift_detection: DriftDetection,
    /// How to install.
    #[serde(default)]
    pub install: Install,
    /// How to upgrade.
    #[serde(default)]
    pub upgrade: Upgrade,
    /// Whether and how to test.
    #[serde(default)]
    pub test: Test,
    /// How to roll back.
    #[serde(default)]
    pub rollback: Rollback,
    /// How to uninstall.
    #[serde(default)]
    pub uninstall: Uninstall,
    /// ConfigMaps and Secrets with values; later ones count over earlier ones.
    #[serde(default)]
    pub values_from: Vec<ValuesReference>,
    /// Values that count over those of `values_from`.
    pub values: Option<Value>,
    /// Labels and annotations of every object.
    pub common_metadata: Option<CommonMetadata>,
    /// What is done to the manifests, in this order; absent and empty differ in their digests.
    pub post_renderers: Option<Vec<PostRenderer>>,
    /// Which manifests the post-renderers see.
    pub post_render_strategy: Option<PostRenderStrategy>,
    /// How Helm waits.
    pub wait_strategy: Option<WaitStrategy>,
    /// How to judge kinds of others.
    #[serde(default)]
    pub health_check_exprs: Vec<HealthCheckExpression>,
}

/// How Helm waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitStrategy {
    /// Its name.
    pub name: WaitStrategyName,
}

/// How Helm waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitStrategyName {
    /// By kstatus, the rules that Kustomizations use too.
    Poller,
    /// By the rules of Helm 3.
    Legacy,
}

/// A spec that says two things or none where it must say one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelease {
    /// Neither or both of `chart` and `chartRef`.
    #[error("spec.chart and spec.chartRef: {0} set; set exactly one of them")]
    Chart(Amount),
    /// Neither or both of the references of `kubeConfig`.
    #[error("spec.kubeConfig.secretRef and spec.kubeConfig.configMapRef: {0} set; set exactly one of them")]
    KubeConfig(Amount),
    /// Values that are no table.
    #[error("spec.values: values are a mapping, this is {0}; write `name: value`")]
    Values(&'static str),
}

/// How many of two are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// None.
    Neither,
    /// Two.
    Both,
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Amount::Neither => "neither is",
            Amount::Both => "both are",
        })
    }
}

impl HelmRelease {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<HelmRelease, ReadError> {
        read("HelmRelease", object)
    }

    /// Where the chart comes from.
    ///
    /// # Errors
    ///
    /// If the spec says neither or both.
    pub fn chart(&self) -> Result<ReleaseChart<'_>, InvalidRelease> {
        match (&self.spec.chart, &self.spec.chart_ref) {
            (Some(template), None) => Ok(ReleaseChart::Template(template)),
            (None, Some(reference)) => Ok(ReleaseChart::Reference(reference)),
            (None, None) => Err(InvalidRelease::Chart(Amount::Neither)),
            (Some(_), Some(_)) => Err(InvalidRelease::Chart(Amount::Both)),
        }
    }

    /// What the API server cannot have checked in every version.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub fn validate(&self) -> Result<(), InvalidRelease> {
        self.chart()?;
        if let Some(kube_config) = &self.spec.kube_config {
            match (kube_config["secretRef"].is_object(), kube_config["configMapRef"].is_object()) {
                (true, false) | (false, true) => {}
                (false, false) => return Err(InvalidRelease::KubeConfig(Amount::Neither)),
                (true, true) => return Err(InvalidRelease::KubeConfig(Amount::Both)),
            }
        }
        self.values().map(|_| ())
    }

    /// The values in the spec; none is an empty table.
    ///
    /// # Errors
    ///
    /// If they are something else than a table.
    pub fn values(&self) -> Result<Map<String, Value>, InvalidRelease> {
        match &self.spec.values {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(values)) => Ok(values.clone()),
            Some(Value::Array(_)) => Err(InvalidRelease::Values("a list")),
            Some(Value::String(_)) => Err(InvalidRelease::Values("a text")),
            Some(Value::Number(_)) => Err(InvalidRelease::Values("a number")),
            Some(Value::Bool(_)) => Err(InvalidRelease::Values("a boolean")),
        }
    }

    /// The name of the Helm release before it is shortened: `releaseName`, or the name after the target namespace.
    /// Messages show this one.
    pub fn full_release_name(&self) -> String {
        match (self.spec.release_name.as_str(), self.spec.target_namespace.as_str()) {
            ("", "") => self.metadata.name.clone(),
            ("", target) => format!("{target}-{}", self.metadata.name),
            (name, _) => name.to_owned(),
        }
    }

    /// The namespace of what the chart makes: the target namespace, or that of the object.
    pub fn release_namespace(&self) -> &str {
        first_of(&self.spec.target_namespace, &self.metadata.namespace)
    }

    /// The namespace of Helm's Secrets: the storage namespace, or that of the object.
    pub fn storage_namespace(&self) -> &str {
        first_of(&self.spec.storage_namespace, &self.metadata.namespace)
    }

    /// How long one action may take where it has no timeout of its own.
    pub fn timeout(&self) -> Duration {
        self.spec.timeout.map_or(Duration::from_secs(300), |timeout| timeout.0)
    }

    /// How many revisions Helm keeps; none is all of them.
    pub fn max_history(&self) -> Option<u32> {
        match self.spec.max_history {
            None => Some(DEFAULT_MAX_HISTORY),
            Some(most) => u32::try_from(most).ok().filter(|&most| most > 0),
        }
    }

    /// The remedy that counts for what was attempted last; none before anything was.
    pub fn active_remedy(&self) -> Option<Remedy> {
        match self.status.last_attempted_release_action? {
            ReleaseAction::Install => Some(self.install_remedy()),
            ReleaseAction::Upgrade => Some(self.upgrade_remedy()),
            ReleaseAction::Rollback | ReleaseAction::Uninstall | ReleaseAction::UninstallRemediation => None,
        }
    }

    /// What to do after a failed installation.
    pub fn install_remedy(&self) -> Remedy {
        self.spec.install.remediation.after_install(self.spec.test.failures())
    }

    /// What to do after a failed upgrade.
    pub fn upgrade_remedy(&self) -> Remedy {
        self.spec.upgrade.remediation.after_upgrade(self.spec.test.failures())
    }

    /// How soon to try again in place of a remedy, for what was attempted last.
    pub fn active_retry(&self) -> Option<Duration> {
        match self.status.last_attempted_release_action? {
            ReleaseAction::Install => self.spec.install.retry(),
            ReleaseAction::Upgrade => self.spec.upgrade.retry(),
            ReleaseAction::Rollback | ReleaseAction::Uninstall | ReleaseAction::UninstallRemediation => None,
        }
    }
}

fn first_of<'t>(text: &'t str, fallback: &'t str) -> &'t str {
    if text.is_empty() { fallback } else { text }
}
