//! `source.toolkit.fluxcd.io` Bucket.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::git_repository::ArtifactStatus;
use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// A bucket of an object store as a source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Bucket {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// What to fetch.
    pub spec: BucketSpec,
    /// What was fetched.
    #[serde(default)]
    pub status: BucketStatus,
}

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketSpec {
    /// Whose store it is.
    #[serde(default)]
    pub provider: BucketProvider,
    /// Its name.
    pub bucket_name: String,
    /// Host, and port where it is not the usual one.
    pub endpoint: String,
    /// Where temporary credentials come from.
    pub sts: Option<BucketSts>,
    /// Whether the store is asked without TLS.
    #[serde(default)]
    pub insecure: bool,
    /// Where the bucket is.
    #[serde(default)]
    pub region: String,
    /// Only objects whose name starts so.
    #[serde(default)]
    pub prefix: String,
    /// `accesskey` and `secretkey`, or what the provider has.
    pub secret_ref: Option<LocalReference>,
    /// Whose rights to use.
    pub service_account_name: Option<String>,
    /// `tls.crt`, `tls.key` and `ca.crt`.
    pub cert_secret_ref: Option<LocalReference>,
    /// A proxy's address and credentials.
    pub proxy_secret_ref: Option<LocalReference>,
    /// How often to look for changes.
    pub interval: GoDuration,
    /// How long one fetch may take; see [`Bucket::timeout`].
    pub timeout: Option<GoDuration>,
    /// Rules, as in `.gitignore`, for what to leave out.
    pub ignore: Option<String>,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
}

/// Whose object store it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BucketProvider {
    /// Any that speaks S3.
    #[default]
    Generic,
    /// Amazon S3.
    Aws,
    /// Google Cloud Storage.
    Gcp,
    /// Azure Blob Storage.
    Azure,
}

/// Where temporary credentials come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketSts {
    /// `aws` or `ldap`.
    pub provider: String,
    /// A URL.
    pub endpoint: String,
    /// Credentials.
    pub secret_ref: Option<LocalReference>,
    /// `tls.crt`, `tls.key` and `ca.crt`.
    pub cert_secret_ref: Option<LocalReference>,
}

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BucketStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Ready, Reconciling, Stalled, ArtifactInStorage, FetchFailed.
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
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

impl Bucket {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<Bucket, ReadError> {
        read("Bucket", object)
    }

    /// How long one fetch may take: a minute by default.
    pub fn timeout(&self) -> Duration {
        self.spec.timeout.map_or(Duration::from_secs(60), |timeout| timeout.0)
    }
}
