//! How each of Helm's actions is done.

use std::time::Duration;

use serde::Deserialize;

use super::remediation::{Remediation, Strategy, StrategyName, TestFailures};
use crate::flux::GoDuration;

/// How to install.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Install {
    /// How long it may take.
    pub timeout: Option<GoDuration>,
    /// Whether failures are remedied or tried again.
    pub strategy: Option<Strategy>,
    /// What to do when it failed.
    pub remediation: Remediation,
    /// Fail on objects that another release owns, in place of taking them over.
    pub disable_take_ownership: bool,
    /// Do not wait for objects to be ready.
    pub disable_wait: bool,
    /// Do not wait for Jobs.
    pub disable_wait_for_jobs: bool,
    /// Run no hooks.
    pub disable_hooks: bool,
    /// Do not check manifests against the API server's schemas.
    #[serde(rename = "disableOpenAPIValidation")]
    pub disable_open_api_validation: bool,
    /// Do not check values against the chart's schema.
    pub disable_schema_validation: bool,
    /// Use the name of an uninstalled release again.
    pub replace: bool,
    /// Without effect, as in helm-controller; see `crds`.
    #[serde(rename = "skipCRDs")]
    pub skip_crds: bool,
    /// What becomes of the chart's CustomResourceDefinitions; [`CrdPolicy::Create`] by default.
    pub crds: CrdPolicy,
    /// Make the target namespace if it is not there.
    pub create_namespace: bool,
    /// Apply on the server; true by default.
    pub server_side_apply: Option<bool>,
}

impl Install {
    /// How soon to try again; none if failures are remedied.
    pub fn retry(&self) -> Option<Duration> {
        self.strategy.as_ref().and_then(Strategy::retry)
    }
}

/// How to upgrade.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Upgrade {
    /// How long it may take.
    pub timeout: Option<GoDuration>,
    /// Whether failures are remedied or tried again.
    pub strategy: Option<Strategy>,
    /// What to do when it failed.
    pub remediation: Remediation,
    /// Fail on objects that another release owns, in place of taking them over.
    pub disable_take_ownership: bool,
    /// Do not wait for objects to be ready.
    pub disable_wait: bool,
    /// Do not wait for Jobs.
    pub disable_wait_for_jobs: bool,
    /// Run no hooks.
    pub disable_hooks: bool,
    /// Do not check manifests against the API server's schemas.
    #[serde(rename = "disableOpenAPIValidation")]
    pub disable_open_api_validation: bool,
    /// Do not check values against the chart's schema.
    pub disable_schema_validation: bool,
    /// Replace objects; only where they are not applied on the server.
    pub force: bool,
    /// Start from the values of the last release, not from the chart's.
    pub preserve_values: bool,
    /// Delete what a failed upgrade made.
    pub cleanup_on_fail: bool,
    /// What becomes of the chart's CustomResourceDefinitions. helm-controller treats nothing as [`CrdPolicy::Create`],
    /// although it documents `Skip`.
    pub crds: CrdPolicy,
    /// Apply on the server; as the last release by default.
    pub server_side_apply: ServerSideApply,
    /// What to do if the chart has another name than the one installed.
    pub chart_name_change_strategy: ChartNameChange,
}

impl Upgrade {
    /// How soon to try again; none if failures are remedied.
    pub fn retry(&self) -> Option<Duration> {
        self.strategy.as_ref().and_then(Strategy::retry)
    }
}

/// Whether and how to test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Test {
    /// Whether to test after an installation or upgrade.
    pub enable: bool,
    /// How long it may take.
    pub timeout: Option<GoDuration>,
    /// Whether a failed test leaves the release ready.
    pub ignore_failures: bool,
    /// Which tests to run.
    pub filters: Vec<TestFilter>,
}

impl Test {
    /// What failed tests mean by default.
    pub fn failures(&self) -> TestFailures {
        if self.ignore_failures { TestFailures::Ignore } else { TestFailures::Count }
    }

    /// Whether the test hook of this name is run.
    pub fn selects(&self, name: &str) -> bool {
        let named = |exclude| self.filters.iter().any(|filter| filter.exclude == exclude && filter.name == name);
        !named(true) && (named(false) || self.filters.iter().all(|filter| filter.exclude))
    }
}

/// A test to run or to leave out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TestFilter {
    /// The name of the hook.
    pub name: String,
    /// Whether it is left out.
    #[serde(default)]
    pub exclude: bool,
}

/// How to roll back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollback {
    /// How long it may take.
    pub timeout: Option<GoDuration>,
    /// Do not wait for objects to be ready.
    pub disable_wait: bool,
    /// Do not wait for Jobs.
    pub disable_wait_for_jobs: bool,
    /// Run no hooks.
    pub disable_hooks: bool,
    /// Without effect, as in helm-controller.
    pub recreate: bool,
    /// Replace objects; only where they are not applied on the server.
    pub force: bool,
    /// Delete what a failed rollback made.
    pub cleanup_on_fail: bool,
    /// Apply on the server; as the release rolled back to by default.
    pub server_side_apply: ServerSideApply,
}

/// How to uninstall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Uninstall {
    /// How long it may take.
    pub timeout: Option<GoDuration>,
    /// Run no hooks.
    pub disable_hooks: bool,
    /// Keep Helm's Secrets.
    pub keep_history: bool,
    /// Do not wait until everything is gone.
    pub disable_wait: bool,
    /// How what the objects own is deleted.
    pub deletion_propagation: DeletionPropagation,
}

/// What becomes of a chart's CustomResourceDefinitions. They are never deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum CrdPolicy {
    /// Nothing.
    Skip,
    /// New ones are created.
    #[default]
    Create,
    /// New ones are created, others replaced.
    CreateReplace,
}

/// Whether objects are applied on the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerSideApply {
    /// Yes.
    Enabled,
    /// No: three-way merges, as Helm 3 did it.
    Disabled,
    /// As the release before, or the one rolled back to, was applied.
    #[default]
    Auto,
}

/// What to do if the chart has another name than the one installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ChartNameChange {
    /// Upgrade all the same.
    InPlaceUpdate,
    /// Uninstall, then install.
    #[default]
    Reinstall,
}

/// How what deleted objects own is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeletionPropagation {
    /// After them.
    #[default]
    Background,
    /// Before them.
    Foreground,
    /// Not at all.
    Orphan,
}

impl DeletionPropagation {
    /// The name that the Kubernetes API has for it.
    pub fn policy(self) -> &'static str {
        match self {
            DeletionPropagation::Background => "Background",
            DeletionPropagation::Foreground => "Foreground",
            DeletionPropagation::Orphan => "Orphan",
        }
    }
}

impl Strategy {
    fn retry(&self) -> Option<Duration> {
        match self.name {
            StrategyName::RemediateOnFailure => None,
            StrategyName::RetryOnFailure => {
                Some(self.retry_interval.map_or(Duration::from_secs(300), |interval| interval.0))
            }
        }
    }
}
