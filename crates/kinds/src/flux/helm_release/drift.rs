//! Looking for changes in the cluster.

use serde::{Deserialize, Serialize};

/// Whether changes in the cluster are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DriftDetection {
    /// What to do about them.
    pub mode: DriftMode,
    /// What is no change.
    pub ignore: Vec<IgnoreRule>,
}

/// What to do about changes in the cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DriftMode {
    /// Take them back.
    Enabled,
    /// Tell of them.
    Warn,
    /// Do not look.
    #[default]
    Disabled,
}

/// Fields that may differ.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IgnoreRule {
    /// JSON pointers.
    pub paths: Vec<String>,
    /// Of which objects; of all by default.
    pub target: Option<Selector>,
}

/// Which objects something is for. The order of the fields is that of Flux, whose digests depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// API version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Selects by annotations, in the syntax of label selectors.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub annotation_selector: String,
    /// Selects by labels.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_selector: String,
}
