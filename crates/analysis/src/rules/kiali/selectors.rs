//! Policies that select workloads, and those that hold for a whole namespace.

use mesh::{Field, KindName, Resource, World, kind};

/// The kinds whose objects select workloads by labels, and the member that does it.
pub(super) const SELECTING: [(KindName, &str); 5] = [
    (kind::PEER_AUTHENTICATION, "selector"),
    (kind::REQUEST_AUTHENTICATION, "selector"),
    (kind::TELEMETRY, "selector"),
    (kind::WASM_PLUGIN, "selector"),
    (kind::ENVOY_FILTER, "workloadSelector"),
];

/// The labels that an object selects workloads by; `None` if it is for the whole namespace or for a target that it names.
pub(super) fn labels<'w>(object: Resource<'w>, member: &str) -> Option<Field<'w>> {
    let selector = object.at(&["spec", member])?;
    let labels = selector.get("matchLabels").or_else(|| selector.get("labels"))?;
    labels.members().next().is_some().then_some(labels)
}

/// The namespace in which an object selects; all of them for one in the root namespace.
pub(super) fn scope<'w>(world: &World, object: Resource<'w>) -> Option<&'w str> {
    (object.namespace() != world.mesh_config().root_namespace()).then_some(object.namespace())
}
