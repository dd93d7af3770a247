//! In which order objects are applied and deleted.
//!
//! Flux applies in stages and waits between them, so that what others need is there and ready: definitions (CRDs,
//! Namespaces, ClusterRoles), then kinds ending in `Class`, then kinds the operator chose, then everything else
//! (fluxcd/pkg/ssa `ApplyAllStaged`). Inside a stage, and for deletions over everything, objects are sorted.

use std::cmp::Ordering;

use manifest::{GroupVersionKind, Manifest, ObjectId};

/// A type of object whatever its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKind {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
}

/// One of the stages, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageKind {
    /// CustomResourceDefinitions, Namespaces and ClusterRoles; must be ready before the next stage starts.
    Definitions,
    /// Kinds whose name ends in `Class`; must be ready before the next stage starts.
    Classes,
    /// The kinds named by the operator; the next stage does not wait for them.
    Custom,
    /// Everything else.
    Rest,
}

/// Whether the next stage may start before this one's objects are ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// Wait (at most a minute in Flux) until every object of the stage is ready.
    UntilReady,
    /// Go on at once.
    None,
}

impl StageKind {
    /// What has to happen before the next stage.
    pub fn barrier(self) -> Barrier {
        match self {
            StageKind::Definitions | StageKind::Classes => Barrier::UntilReady,
            StageKind::Custom | StageKind::Rest => Barrier::None,
        }
    }

    /// The stage of one type of object. `custom` are the kinds the operator chose.
    pub fn of(gvk: &GroupVersionKind, custom: &[GroupKind]) -> StageKind {
        let definition = match gvk.kind.to_ascii_lowercase().as_str() {
            "customresourcedefinition" => gvk.group == "apiextensions.k8s.io",
            "namespace" => gvk.group.is_empty() && gvk.version == "v1",
            "clusterrole" => gvk.group == "rbac.authorization.k8s.io",
            _ => false,
        };
        if definition {
            StageKind::Definitions
        } else if gvk.kind.ends_with("Class") {
            StageKind::Classes
        } else if custom.iter().any(|chosen| chosen.group == gvk.group && chosen.kind == gvk.kind) {
            StageKind::Custom
        } else {
            StageKind::Rest
        }
    }
}

/// The objects that are applied together, in the order to apply them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Which stage.
    pub kind: StageKind,
    /// Its objects, sorted.
    pub manifests: Vec<Manifest>,
}

/// Splits `manifests` into the stages that have objects, each sorted.
pub fn stages(manifests: Vec<Manifest>, custom: &[GroupKind]) -> Vec<Stage> {
    let mut keyed: Vec<(StageKind, ObjectId, Manifest)> = manifests
        .into_iter()
        .map(|manifest| (StageKind::of(&manifest.gvk(), custom), manifest.id(), manifest))
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(&a.1, &b.1)));
    let mut stages: Vec<Stage> = Vec::new();
    for (kind, _, manifest) in keyed {
        match stages.last_mut().filter(|stage| stage.kind == kind) {
            Some(stage) => stage.manifests.push(manifest),
            None => stages.push(Stage { kind, manifests: vec![manifest] }),
        }
    }
    stages
}

/// Kinds that come first, in this order, whatever their group.
const FIRST: &[&str] = &[
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last, in this order: a webhook applied earlier could refuse what follows it.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The order of two objects when applying (fluxcd/pkg/ssa `ReconcileOrder`): by kind, then group and kind by name, then
/// namespace, then name.
pub fn compare(a: &ObjectId, b: &ObjectId) -> Ordering {
    let key = |id: &ObjectId| rank(&id.kind);
    key(a)
        .cmp(&key(b))
        .then_with(|| a.group.cmp(&b.group))
        .then_with(|| a.kind.cmp(&b.kind))
        .then_with(|| a.namespace.cmp(&b.namespace))
        .then_with(|| a.name.cmp(&b.name))
}

/// The order of two objects when deleting: what was applied last goes first.
pub fn compare_for_delete(a: &ObjectId, b: &ObjectId) -> Ordering {
    compare(b, a)
}

fn rank(kind: &str) -> usize {
    if let Some(index) = FIRST.iter().position(|first| *first == kind) {
        index
    } else if let Some(index) = LAST.iter().position(|last| *last == kind) {
        FIRST.len() + 1 + index
    } else {
        FIRST.len()
    }
}
