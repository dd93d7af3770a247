//! Linkerd's annotations, which pods have of themselves or of their namespace.

use mesh::workload::Workload;
use mesh::{Field, Resource, World, kind};

/// Every object that can carry Linkerd's configuration, with the annotations that count: of a workload those of its pods.
pub(super) fn carriers(world: &World) -> impl Iterator<Item = (Resource<'_>, Field<'_>)> {
    let namespaces =
        world.of(kind::NAMESPACE).filter_map(|found| Some((found, found.at(&["metadata", "annotations"])?)));
    let services = world.of(kind::SERVICE).filter_map(|found| Some((found, found.at(&["metadata", "annotations"])?)));
    let pods = world.workloads().filter_map(|workload: Workload<'_>| {
        Some((workload.resource(), workload.pod()?.at(&["metadata", "annotations"])?))
    });
    namespaces.chain(services).chain(pods)
}

/// An annotation of a workload's pods, or else of its namespace.
pub(super) fn effective<'w>(world: &'w World, workload: Workload<'w>, name: &str) -> Option<Field<'w>> {
    let own = workload.pod().and_then(|pod| pod.at(&["metadata", "annotations", name]));
    own.or_else(|| world.find(kind::NAMESPACE, "", workload.namespace())?.at(&["metadata", "annotations", name]))
}
