//! Objects that select workloads of their namespace, or are the default of it: Sidecars and Telemetries.

use std::collections::BTreeMap;

use manifest::ObjectId;
use mesh::{Field, KindName, NamespaceInjection, Resource, Workload, World, kind};

use super::selection;

/// The selector of an object, whatever its kind calls it.
fn selector(resource: Resource<'_>) -> Option<Field<'_>> {
    resource.at(&["spec", if resource.is(kind::SIDECAR) { "workloadSelector" } else { "selector" }])
}

/// The labels by which an object selects, if it does.
pub(super) fn labels(resource: Resource<'_>) -> Option<Field<'_>> {
    let labels = selector(resource)?.get(if resource.is(kind::SIDECAR) { "labels" } else { "matchLabels" })?;
    Some(labels).filter(|labels| labels.members().next().is_some())
}

/// The workloads that several objects of a kind select, with those. Workloads of the ambient mesh have no sidecar about
/// which Sidecars could disagree.
pub(super) fn shared(world: &World, of: KindName) -> Vec<(Workload<'_>, Vec<Resource<'_>>)> {
    let mut selected: BTreeMap<ObjectId, (Workload<'_>, Vec<Resource<'_>>)> = BTreeMap::new();
    for resource in world.of(of) {
        let Some(labels) = labels(resource) else { continue };
        for workload in world.selected_workloads(Some(resource.namespace()), labels) {
            let entry = selected.entry(workload.resource().id().clone());
            entry.or_insert_with(|| (workload, Vec::new())).1.push(resource);
        }
    }
    let matters = |workload: Workload<'_>| of != kind::SIDECAR || !selection::is_ambient(world, workload);
    selected.into_values().filter(|(workload, rivals)| rivals.len() > 1 && matters(*workload)).collect()
}

/// The objects of a kind that are the default of their namespace, by namespace. In the ambient mesh Sidecars are none.
pub(super) fn defaults(world: &World, of: KindName) -> Vec<Vec<Resource<'_>>> {
    let mut by_namespace: BTreeMap<&str, Vec<Resource<'_>>> = BTreeMap::new();
    let is_default = |resource: &Resource<'_>| match selector(*resource) {
        None => true,
        Some(_) => of == kind::SIDECAR && labels(*resource).is_none(),
    };
    for resource in world.of(of).filter(is_default) {
        by_namespace.entry(resource.namespace()).or_default().push(resource);
    }
    by_namespace.retain(|namespace, _| of != kind::SIDECAR || !is_ambient(world, namespace));
    by_namespace.into_values().collect()
}

/// Whether the labels of a namespace make its pods part of the ambient mesh, and not of that with sidecars.
pub(super) fn is_ambient(world: &World, namespace: &str) -> bool {
    let declared = world.find(kind::NAMESPACE, "", namespace);
    declared.is_some_and(|namespace| namespace.label("istio.io/dataplane-mode") == Some("ambient"))
        && world.namespace_injection(namespace) != NamespaceInjection::Enabled
}
