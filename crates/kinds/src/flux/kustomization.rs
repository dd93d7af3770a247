//! `kustomize.toolkit.fluxcd.io` Kustomization.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// How many entries `status.history` keeps, as kustomize-controller does.
pub const HISTORY_LENGTH: usize = 5;

/// A folder of a source to build and keep applied.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Kustomization {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// What to build and how to apply it.
    pub spec: KustomizationSpec,
    /// What came of it.
    #[serde(default)]
    pub status: KustomizationStatus,
}

/// What to build and how to apply it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KustomizationSpec {
    /// How often to reconcile when nothing happens.
    pub interval: GoDuration,
    /// How soon to try again after a failure; `interval` by default.
    pub retry_interval: Option<GoDuration>,
    /// How long apply and health checks may take together.
    pub timeout: Option<GoDuration>,
    /// Where the files are.
    pub source_ref: SourceReference,
    /// The folder inside the source; its root by default.
    #[serde(default)]
    pub path: String,
    /// Whether objects that are no longer declared are deleted.
    #[serde(default)]
    pub prune: bool,
    /// What happens to the objects when this object is deleted.
    pub deletion_policy: Option<DeletionPolicy>,
    /// Whether to wait for everything applied to be healthy.
    #[serde(default)]
    pub wait: bool,
    /// Objects to wait for.
    #[serde(default)]
    pub health_checks: Vec<ObjectReference>,
    /// How to judge kinds of others.
    #[serde(default)]
    pub health_check_exprs: Vec<HealthCheckExpression>,
    /// Kustomizations that must be ready first.
    #[serde(default)]
    pub depends_on: Vec<DependencyReference>,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
    /// Recreate objects whose immutable fields changed.
    #[serde(default)]
    pub force: bool,
    /// Whose rights to use.
    pub service_account_name: Option<String>,
    /// Another cluster.
    pub kube_config: Option<Value>,
    /// How to decrypt secrets.
    pub decryption: Option<DecryptionSpec>,
    /// Variables.
    pub post_build: Option<PostBuild>,
    /// Namespace of every object.
    pub target_namespace: Option<String>,
    /// Before every name.
    pub name_prefix: Option<String>,
    /// After every name.
    pub name_suffix: Option<String>,
    /// Labels and annotations of every object.
    pub common_metadata: Option<CommonMetadata>,
    /// Patches, in kustomize's form.
    #[serde(default)]
    pub patches: Vec<Value>,
    /// v1beta1's strategic merge patches.
    #[serde(default)]
    pub patches_strategic_merge: Vec<Value>,
    /// v1beta1's JSON patches.
    #[serde(default, rename = "patchesJson6902")]
    pub patches_json6902: Vec<Value>,
    /// Image replacements, in kustomize's form.
    #[serde(default)]
    pub images: Vec<Value>,
    /// Components, relative to `path`.
    #[serde(default)]
    pub components: Vec<String>,
    /// Whether components that do not exist are passed over.
    #[serde(default)]
    pub ignore_missing_components: bool,
}

/// The source of a Kustomization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReference {
    /// `GitRepository`, `OCIRepository`, `Bucket` or `ExternalArtifact`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; the Kustomization's by default.
    pub namespace: Option<String>,
}

/// What deletion of a Kustomization means for its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum DeletionPolicy {
    /// Delete them if `prune` is on.
    MirrorPrune,
    /// Delete them.
    Delete,
    /// Delete them and wait until they are gone.
    WaitForTermination,
    /// Leave them.
    Orphan,
}

/// An object to check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// `group/version`.
    #[serde(default)]
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Namespace; the Kustomization's by default.
    #[serde(default)]
    pub namespace: String,
}

/// CEL expressions that judge the health of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheckExpression {
    /// `group/version` of the kind.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// True while it is not done.
    pub in_progress: Option<String>,
    /// True once it failed.
    pub failed: Option<String>,
    /// True once it is healthy.
    pub current: String,
}

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DependencyReference {
    /// Its name.
    pub name: String,
    /// Its namespace; the Kustomization's by default.
    pub namespace: Option<String>,
    /// A CEL expression over `self` and `dep` in place of the usual rule.
    pub ready_expr: Option<String>,
}

/// How to decrypt secrets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecryptionSpec {
    /// `sops`.
    pub provider: String,
    /// The Secret with the private keys: `*.agekey` of age, `*.asc` of OpenPGP.
    pub secret_ref: Option<LocalReference>,
}

/// Variables and where they come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PostBuild {
    /// Inline variables; they win.
    pub substitute: BTreeMap<String, String>,
    /// ConfigMaps and Secrets; later ones win over earlier ones.
    pub substitute_from: Vec<SubstituteReference>,
    /// `WithVariables` (the default) or `Always`.
    pub substitute_strategy: Option<String>,
}

/// A ConfigMap or Secret of variables.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubstituteReference {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// Its name, in the Kustomization's namespace.
    pub name: String,
    /// Whether it may be absent.
    #[serde(default)]
    pub optional: bool,
}

/// Labels and annotations for every object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CommonMetadata {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KustomizationStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Ready, Reconciling, Stalled, Healthy.
    pub conditions: Conditions,
    /// The revision of the last successful reconciliation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_applied_revision: Option<String>,
    /// The revision of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// What was applied: `{"entries": [{"id", "v"}]}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Value>,
    /// The last few different results, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

/// One result in `status.history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Digest of the rendered manifests.
    pub digest: String,
    /// When this result was first seen, RFC 3339.
    pub first_reconciled: String,
    /// When it was last seen, RFC 3339.
    pub last_reconciled: String,
    /// How long the last run took.
    pub last_reconciled_duration: String,
    /// The reason of the Ready condition.
    pub last_reconciled_status: String,
    /// How often it was seen.
    pub total_reconciliations: u64,
    /// Facts, such as the revision.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl Kustomization {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<Kustomization, ReadError> {
        read("Kustomization", object)
    }

    /// How long apply and health checks may take: `timeout`, else `interval` less 30 s, and never under 30 s, as
    /// kustomize-controller computes it.
    pub fn timeout(&self) -> Duration {
        let least = Duration::from_secs(30);
        match self.spec.timeout {
            Some(GoDuration(timeout)) => timeout.max(least),
            None => self.spec.interval.0.saturating_sub(least).max(least),
        }
    }

    /// How soon to try again after a failure.
    pub fn retry_interval(&self) -> Duration {
        self.spec.retry_interval.unwrap_or(self.spec.interval).0
    }

    /// The namespace of the source.
    pub fn source_namespace(&self) -> &str {
        let named = self.spec.source_ref.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        named.unwrap_or(&self.metadata.namespace)
    }

    /// What deletion means for the objects: the policy, resolved against `prune`.
    pub fn deletion(&self) -> Deletion {
        match self.spec.deletion_policy.unwrap_or(DeletionPolicy::MirrorPrune) {
            DeletionPolicy::MirrorPrune if self.spec.prune => Deletion::Delete,
            DeletionPolicy::MirrorPrune | DeletionPolicy::Orphan => Deletion::Orphan,
            DeletionPolicy::Delete => Deletion::Delete,
            DeletionPolicy::WaitForTermination => Deletion::DeleteAndWait,
        }
    }
}

/// [`DeletionPolicy`] with its default resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Leave the objects.
    Orphan,
    /// Delete them in the background.
    Delete,
    /// Delete them and wait until they are gone.
    DeleteAndWait,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kustomization(spec: Value) -> Kustomization {
        Kustomization::read(&json!({"metadata": {"name": "apps", "namespace": "flux-system"}, "spec": spec})).unwrap()
    }

    fn minimal() -> Value {
        json!({"interval": "10m", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}})
    }

    #[test]
    fn defaults_follow_kustomize_controller() {
        let read = kustomization(minimal());
        assert_eq!(read.timeout(), Duration::from_secs(570));
        assert_eq!(read.retry_interval(), Duration::from_secs(600));
        assert_eq!(read.source_namespace(), "flux-system");
        assert_eq!(read.deletion(), Deletion::Orphan);
        let mut short = minimal();
        short["interval"] = json!("10s");
        assert_eq!(kustomization(short).timeout(), Duration::from_secs(30));
    }

    #[test]
    fn deletion_mirrors_prune_unless_a_policy_says_otherwise() {
        for (prune, policy, expected) in [
            (true, None, Deletion::Delete),
            (true, Some("Orphan"), Deletion::Orphan),
            (false, Some("Delete"), Deletion::Delete),
            (false, Some("WaitForTermination"), Deletion::DeleteAndWait),
            (false, Some("MirrorPrune"), Deletion::Orphan),
        ] {
            let mut spec = minimal();
            spec["prune"] = json!(prune);
            if let Some(policy) = policy {
                spec["deletionPolicy"] = json!(policy);
            }
            assert_eq!(kustomization(spec).deletion(), expected, "prune {prune}, {policy:?}");
        }
    }

    #[test]
    fn an_unreadable_object_is_named() {
        let error = Kustomization::read(&json!({
            "metadata": {"name": "apps", "namespace": "flux-system"},
            "spec": {"interval": "ten minutes", "sourceRef": {"kind": "GitRepository", "name": "x"}},
        }))
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "Kustomization flux-system/apps cannot be read: spec.interval: \"ten minutes\" is not a duration; write a \
             number and a unit, such as 30s, 10m or 1h30m; correct this field"
        );
    }
}
