//! Values that live in other objects.

use serde::Deserialize;

/// Values in a ConfigMap or Secret of the release's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValuesReference {
    /// What holds them.
    pub kind: ValuesKind,
    /// Its name.
    pub name: String,
    /// The key; see [`ValuesReference::key`].
    #[serde(default)]
    pub values_key: String,
    /// Where a single value goes, in the grammar of `--set`; empty for a values file.
    #[serde(default)]
    pub target_path: String,
    /// Whether it may be absent.
    #[serde(default)]
    pub optional: bool,
    /// Whether a single value is taken as it is written.
    #[serde(default)]
    pub literal: bool,
}

/// What holds values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum ValuesKind {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

impl ValuesKind {
    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            ValuesKind::Secret => "Secret",
            ValuesKind::ConfigMap => "ConfigMap",
        }
    }
}

impl ValuesReference {
    /// The key: `values.yaml` by default.
    pub fn key(&self) -> &str {
        if self.values_key.is_empty() { "values.yaml" } else { &self.values_key }
    }
}
