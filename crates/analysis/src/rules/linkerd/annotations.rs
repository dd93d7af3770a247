//! Linkerd's annotations, which pods have of themselves or of their namespace.

use mesh::workload::Workload;
use mesh::{Field, Resource, World, kind};

/// A namespace and every object of it that can carry Linkerd's configuration, with the annotations that count: of a
/// workload those of its pods.
pub(super) fn carriers<'w>(
    world: &'w World,
    namespace: &str,
) -> impl Iterator<Item = (Resource<'w>, Field<'w>)> + use<'w> {
    let objects = world.find(kind::NAMESPACE, "", namespace).into_iter().chain(world.within(kind::SERVICE, namespace));
    let objects = objects.filter_map(|found| Some((found, found.at(&["metadata", "annotations"])?)));
    let pods = world.workloads_in(namespace).filter_map(|workload: Workload<'_>| {
        Some((workload.resource(), workload.pod()?.at(&["metadata", "annotations"])?))
    });
    objects.chain(pods)
}

/// An annotation of a workload's pods, or else of its namespace.
pub(super) fn effective<'w>(world: &'w World, workload: Workload<'w>, name: &str) -> Option<Field<'w>> {
    let own = workload.pod().and_then(|pod| pod.at(&["metadata", "annotations", name]));
    own.or_else(|| world.find(kind::NAMESPACE, "", workload.namespace())?.at(&["metadata", "annotations", name]))
}
