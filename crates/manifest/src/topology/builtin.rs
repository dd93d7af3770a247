//! The types every Kubernetes cluster has.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::Topology;
use super::schema::from_document_over;
use super::table::Table;
use crate::GroupVersionKind;

// Both tables are constants of this crate, and its tests read them: parsing them cannot fail.
static KUBERNETES: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("kubernetes.topology")).expect("a constant that the tests parse"));
static KUSTOMIZE: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("kustomize.topology")).expect("a constant that the tests parse"));

/// The topology of a built-in kind as Kubernetes 1.34 declares it; `None` for kinds that a cluster learns from a CRD.
pub fn builtin(gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
    KUBERNETES.get(gvk)
}

/// The topology of a kind as kustomize knows it, which bundles the types of Kubernetes 1.21.2; `None` for kinds it has
/// no schema of, whose lists it replaces.
pub fn kustomize(gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
    KUSTOMIZE.get(gvk)
}

/// The topology of a kind as an OpenAPI document has it together with what kustomize bundles: the document comes first, and
/// may refer to types of Kubernetes that it does not hold.
pub fn kustomize_with(document: &Value, gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
    from_document_over(document, gvk, Some(&KUSTOMIZE)).map(Arc::new).or_else(|| kustomize(gvk))
}

#[cfg(test)]
pub(super) fn kubernetes_kinds() -> Vec<(GroupVersionKind, Arc<Topology>)> {
    KUBERNETES.kinds()
}

#[cfg(test)]
pub(super) fn kustomize_kinds() -> Vec<(GroupVersionKind, Arc<Topology>)> {
    KUSTOMIZE.kinds()
}
