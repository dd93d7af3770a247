//! `source.toolkit.fluxcd.io` OCIRepository.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::git_repository::ArtifactStatus;
use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// An artifact in an OCI registry.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct OciRepository {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// What to fetch.
    pub spec: OciRepositorySpec,
    /// What was fetched.
    #[serde(default)]
    pub status: OciRepositoryStatus,
}

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OciRepositorySpec {
    /// `oci://`, host and path, without a tag.
    pub url: String,
    /// Which artifact; the tag `latest` by default.
    #[serde(rename = "ref", default)]
    pub reference: OciReference,
    /// Which layer, and how; the first one, extracted, by default.
    #[serde(default)]
    pub layer_selector: LayerSelector,
    /// `generic`, `aws`, `azure`, `gcp`.
    pub provider: Option<String>,
    /// A Secret of type `kubernetes.io/dockerconfigjson`.
    pub secret_ref: Option<LocalReference>,
    /// Whose image pull secrets to use.
    pub service_account_name: Option<String>,
    /// `tls.crt`, `tls.key` and `ca.crt`.
    pub cert_secret_ref: Option<LocalReference>,
    /// A proxy's address and credentials.
    pub proxy_secret_ref: Option<LocalReference>,
    /// Which signatures to demand.
    pub verify: Option<OciVerification>,
    /// How often to look for changes.
    pub interval: GoDuration,
    /// How long one fetch may take; see [`OciRepository::timeout`].
    pub timeout: Option<GoDuration>,
    /// Rules, as in `.gitignore`, for what to leave out.
    pub ignore: Option<String>,
    /// Whether the registry is asked without TLS.
    #[serde(default)]
    pub insecure: bool,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
}

/// Which artifact; `digest` wins over `semver` and `tag`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OciReference {
    /// `sha256:…`.
    pub digest: Option<String>,
    /// The highest tag in a version range.
    pub semver: Option<String>,
    /// Which tags the range is about, as a regular expression.
    pub semver_filter: Option<String>,
    /// A tag.
    pub tag: Option<String>,
}

/// Which layer, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LayerSelector {
    /// The first layer of this media type; the first of all by default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub media_type: String,
    /// What to do with it.
    pub operation: LayerOperation,
}

/// What to do with a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerOperation {
    /// Take the files out of the archive that it is.
    #[default]
    Extract,
    /// Take it as it is.
    Copy,
}

/// Which signatures an artifact must have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OciVerification {
    /// `cosign` or `notation`.
    pub provider: String,
    /// Keys.
    pub secret_ref: Option<LocalReference>,
    /// Who may have signed, where there is no key.
    #[serde(rename = "matchOIDCIdentity", default)]
    pub match_oidc_identity: Vec<IdentityMatch>,
    /// A Sigstore of one's own.
    pub trusted_root_secret_ref: Option<LocalReference>,
}

/// Who may have signed; both are regular expressions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityMatch {
    /// Who says who it was.
    pub issuer: String,
    /// Who it was.
    pub subject: String,
}

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OciRepositoryStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Ready, Reconciling, Stalled, ArtifactInStorage, FetchFailed, SourceVerified.
    pub conditions: Conditions,
    /// Where other Flux tools would find the newest artifact.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The newest artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactStatus>,
    /// The `ignore` rules behind the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_ignore: Option<String>,
    /// The layer selector behind the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_layer_selector: Option<LayerSelector>,
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

impl OciRepository {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<OciRepository, ReadError> {
        read("OCIRepository", object)
    }

    /// How long one fetch may take: a minute by default.
    pub fn timeout(&self) -> Duration {
        self.spec.timeout.map_or(Duration::from_secs(60), |timeout| timeout.0)
    }
}
