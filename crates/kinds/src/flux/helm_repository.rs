//! `source.toolkit.fluxcd.io` HelmRepository.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::git_repository::ArtifactStatus;
use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// A repository of charts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HelmRepository {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// Where it is.
    pub spec: HelmRepositorySpec,
    /// What was fetched.
    #[serde(default)]
    pub status: HelmRepositoryStatus,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositorySpec {
    /// `http://`, `https://` or `oci://`.
    pub url: String,
    /// What it is.
    #[serde(rename = "type", default)]
    pub kind: RepositoryKind,
    /// How often to fetch the index; see [`HelmRepository::interval`].
    pub interval: Option<GoDuration>,
    /// How long one fetch may take; see [`HelmRepository::timeout`].
    pub timeout: Option<GoDuration>,
    /// `generic`, `aws`, `azure`, `gcp`; only with a registry.
    pub provider: Option<String>,
    /// `username` and `password`; for a registry also a `.dockerconfigjson`.
    pub secret_ref: Option<LocalReference>,
    /// `tls.crt`, `tls.key` and `ca.crt`.
    pub cert_secret_ref: Option<LocalReference>,
    /// Whether credentials go to other hosts that the index names.
    #[serde(default)]
    pub pass_credentials: bool,
    /// Whether a registry is asked without TLS.
    #[serde(default)]
    pub insecure: bool,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
    /// Which other namespaces may use it; ignored by Flux as well.
    pub access_from: Option<AccessFrom>,
}

/// What a chart repository is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryKind {
    /// A web server with an `index.yaml`.
    #[default]
    Default,
    /// An OCI registry.
    Oci,
}

/// Which other namespaces may use a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessFrom {
    /// Any of these.
    pub namespace_selectors: Vec<NamespaceSelector>,
}

/// Namespaces by their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceSelector {
    /// All of these labels; none is every namespace.
    pub match_labels: BTreeMap<String, String>,
}

/// What was fetched; a registry has no artifact and, in Flux, no status.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelmRepositoryStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Ready, Reconciling, Stalled, ArtifactInStorage, FetchFailed.
    pub conditions: Conditions,
    /// Where other Flux tools would find the index.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactStatus>,
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

impl HelmRepository {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<HelmRepository, ReadError> {
        read("HelmRepository", object)
    }

    /// How often to fetch the index: every minute by default.
    pub fn interval(&self) -> Duration {
        self.spec.interval.map(|interval| interval.0).filter(|interval| !interval.is_zero()).unwrap_or(MINUTE)
    }

    /// How long one fetch may take: a minute by default.
    pub fn timeout(&self) -> Duration {
        self.spec.timeout.map_or(MINUTE, |timeout| timeout.0)
    }
}

const MINUTE: Duration = Duration::from_secs(60);
