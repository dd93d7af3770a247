//! What selectors select, and how texts name it.

use mesh::{Field, Resource, Workload, World};

use crate::membership::Membership;

/// A plain map of labels as text: `app=web,tier=front`.
pub(super) fn text(labels: Option<Field<'_>>) -> String {
    let members = labels.into_iter().flat_map(Field::members);
    members.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join(",")
}

/// The workloads whose labels satisfy a plain map, which is satisfied by all of them if it is absent.
pub(super) fn workloads<'w>(world: &'w World, namespace: Option<&str>, labels: Option<Field<'w>>) -> Vec<Workload<'w>> {
    match (labels, namespace) {
        (Some(labels), _) => world.selected_workloads(namespace, labels),
        (None, Some(namespace)) => world.workloads_in(namespace).collect(),
        (None, None) => world.workloads().collect(),
    }
}

/// How messages name a workload: `Deployment shop/web`.
pub(super) fn workload_name(workload: Workload<'_>) -> String {
    crate::finding::resource_text(workload.resource().id())
}

/// Names with commas between, the first few if there are many.
pub(super) fn listing<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    let hidden = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if hidden == 0 { shown } else { format!("{shown} and {hidden} more") }
}

/// How messages name an object: `namespace/name`, or its name if it has no namespace.
pub(super) fn name(resource: Resource<'_>) -> String {
    match resource.namespace() {
        "" => resource.name().to_owned(),
        namespace => format!("{namespace}/{}", resource.name()),
    }
}

/// Whether a workload has a sidecar of Istio's, written or injected.
pub(super) fn has_sidecar(world: &World, workload: Workload<'_>) -> bool {
    matches!(Membership::of(world, workload), Membership::IstioInjected | Membership::IstioWritten)
}

/// Whether a workload is in the ambient mesh: as a node says of a pod that runs, or as its labels and its namespace's say.
pub(super) fn is_ambient(world: &World, workload: Workload<'_>) -> bool {
    workload.annotation("ambient.istio.io/redirection") == Some("enabled")
        || Membership::of(world, workload) == Membership::IstioAmbient
}

/// Whether an object is part of Istio itself, by the labels that its charts set.
pub(super) fn is_part_of_istio(resource: Resource<'_>) -> bool {
    resource.label("istio").is_some() || resource.label("release") == Some("istio")
}
