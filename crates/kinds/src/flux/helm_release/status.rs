//! What came of a HelmRelease.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Snapshots;
use crate::flux::{Conditions, GoDuration};

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelmReleaseStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Digest of the post-renderers that were last handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub observed_post_renderers_digest: String,
    /// Digest of the common metadata that was last handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub observed_common_metadata_digest: String,
    /// The generation of the last attempt.
    #[serde(skip_serializing_if = "is_zero")]
    pub last_attempted_generation: i64,
    /// Ready, Reconciling, Stalled, Released, TestSuccess, Remediated, Drifted.
    pub conditions: Conditions,
    /// `<namespace>/<name>` of the HelmChart that was made.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub helm_chart: String,
    /// The namespace of Helm's Secrets; empty before the first attempt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub storage_namespace: String,
    /// The releases that were made, newest first.
    #[serde(skip_serializing_if = "Snapshots::is_empty")]
    pub history: Snapshots,
    /// What is installed: `{"entries": [{"id", "v"}]}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Value>,
    /// Whether the last attempt was an installation or an upgrade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempted_release_action: Option<ReleaseAction>,
    /// How long that took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempted_release_action_duration: Option<GoDuration>,
    /// Failures of all kinds since something changed.
    #[serde(skip_serializing_if = "is_none")]
    pub failures: u64,
    /// Failed installations since something changed.
    #[serde(skip_serializing_if = "is_none")]
    pub install_failures: u64,
    /// Failed upgrades since something changed.
    #[serde(skip_serializing_if = "is_none")]
    pub upgrade_failures: u64,
    /// The chart's version at the last attempt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_attempted_revision: String,
    /// The digest of its OCI artifact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_attempted_revision_digest: String,
    /// Digest of the values at the last attempt, `sha256:…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_attempted_config_digest: String,
    /// SHA-1 of the values, as v2beta1 had it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_attempted_values_checksum: String,
    /// The last reconcile request that was handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_handled_reconcile_at: String,
    /// The last force request that was handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_handled_force_at: String,
    /// The last reset request that was handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_handled_reset_at: String,
}

/// What is done to a Helm release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseAction {
    /// An installation.
    Install,
    /// An upgrade.
    Upgrade,
    /// A rollback after a failed upgrade.
    Rollback,
    /// An uninstallation.
    Uninstall,
    /// An uninstallation after a failure.
    UninstallRemediation,
}

impl ReleaseAction {
    /// The word that status and messages have for it.
    pub fn name(self) -> &'static str {
        match self {
            ReleaseAction::Install => "install",
            ReleaseAction::Upgrade => "upgrade",
            ReleaseAction::Rollback => "rollback",
            ReleaseAction::Uninstall => "uninstall",
            ReleaseAction::UninstallRemediation => "uninstall-remediation",
        }
    }
}

impl HelmReleaseStatus {
    /// Forgets failures.
    pub fn clear_failures(&mut self) {
        (self.failures, self.install_failures, self.upgrade_failures) = (0, 0, 0);
    }

    /// Namespace and name of the HelmChart that was made.
    pub fn made_chart(&self) -> Option<(&str, &str)> {
        self.helm_chart.split_once('/')
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_none(count: &u64) -> bool {
    *count == 0
}
