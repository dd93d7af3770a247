//! The Flux objects Tenter reconciles, as typed views.
//!
//! One struct serves every version of a kind from `v1beta1` on: newer fields are absent in older objects, and fields
//! that a later version dropped are still read. Unknown fields are ignored here; the API server keeps them.

pub mod bucket;
pub mod condition;
pub mod duration;
pub mod git_repository;
pub mod helm_chart;
pub mod helm_release;
pub mod helm_repository;
pub mod kustomization;
pub mod oci_repository;

pub use bucket::Bucket;
pub use condition::{Condition, ConditionStatus, Conditions};
pub use duration::GoDuration;
pub use git_repository::GitRepository;
pub use helm_chart::HelmChart;
pub use helm_release::HelmRelease;
pub use helm_repository::HelmRepository;
pub use kustomization::Kustomization;
pub use oci_repository::OciRepository;

use serde::{Deserialize, Serialize};

/// The finalizer Flux puts on what it reconciles.
pub const FINALIZER: &str = "finalizers.fluxcd.io";

/// Asks for a reconciliation now; its value is copied to `status.lastHandledReconcileAt`.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// A reference to an object in the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalReference {
    /// Its name.
    pub name: String,
}

/// The parts of `metadata` that reconcilers read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Unique id in time and space.
    pub uid: String,
    /// Changes whenever the spec does.
    pub generation: i64,
    /// Changes with every write.
    pub resource_version: String,
    /// Set once deletion was asked for.
    pub deletion_timestamp: Option<String>,
    /// What must happen before the object may go.
    pub finalizers: Vec<String>,
    /// Labels.
    pub labels: std::collections::BTreeMap<String, String>,
    /// Annotations.
    pub annotations: std::collections::BTreeMap<String, String>,
}

impl Metadata {
    /// The value of [`REQUESTED_AT`], if any.
    pub fn requested_at(&self) -> Option<&str> {
        self.annotations.get(REQUESTED_AT).map(String::as_str)
    }
}

/// A Flux object that could not be read as its kind.
#[derive(Debug, thiserror::Error)]
#[error("{kind} {namespace}/{name} cannot be read: {}: {}; correct this field", .source.path(), .source.inner())]
pub struct ReadError {
    kind: &'static str,
    namespace: String,
    name: String,
    source: serde_path_to_error::Error<serde_json::Error>,
}

/// Reads `object` as `kind`, naming the object and the field when that fails.
fn read<T: serde::de::DeserializeOwned>(kind: &'static str, object: &serde_json::Value) -> Result<T, ReadError> {
    serde_path_to_error::deserialize(object).map_err(|source| {
        let text = |field| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        ReadError { kind, namespace: text("namespace"), name: text("name"), source }
    })
}
