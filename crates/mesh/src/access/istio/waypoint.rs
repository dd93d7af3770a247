//! Which waypoint stands before a workload of the ambient mesh.

use crate::workload::Workload;
use crate::{Resource, World, kind};

/// The waypoint that the workload, one of its services, or its namespace asks for, if it is declared.
pub(super) fn of<'w>(world: &'w World, workload: Workload<'w>) -> Option<Resource<'w>> {
    let namespace = world.find(kind::NAMESPACE, "", workload.namespace());
    let by_service = world.services_of(workload).find_map(|service| {
        let resource = service.resource();
        Some((resource.label("istio.io/use-waypoint")?, resource.label("istio.io/use-waypoint-namespace")))
    });
    let by_workload =
        || Some((workload.label("istio.io/use-waypoint")?, workload.label("istio.io/use-waypoint-namespace")));
    let by_namespace = || {
        let namespace = namespace?;
        Some((namespace.label("istio.io/use-waypoint")?, namespace.label("istio.io/use-waypoint-namespace")))
    };
    let (name, place) = by_workload().or(by_service).or_else(by_namespace)?;
    if name == "none" {
        return None;
    }
    world.find(kind::GATEWAY, place.unwrap_or(workload.namespace()), name)
}
