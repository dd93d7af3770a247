//! The Services behind which workloads with a sidecar stand.

use mesh::{Service, ServicePort, Workload, World};

use super::selection::has_sidecar;

/// The label of workloads that Istio made for a Gateway, and its value for a waypoint, which terminates what it receives.
const MANAGED: &str = "gateway.istio.io/managed";
const WAYPOINT: &str = "istio.io-mesh-controller";

/// Every workload of a namespace with a sidecar of its own that Kubernetes Services select, with those Services.
pub(super) fn of<'w>(
    world: &'w World,
    namespace: &str,
) -> impl Iterator<Item = (Workload<'w>, Vec<Service<'w>>)> + use<'w> {
    world.workloads_in(namespace).filter_map(move |workload| {
        let services: Vec<Service<'_>> =
            world.services_of(workload).filter(|service| service.is_kubernetes()).collect();
        let is_waypoint = workload.resource().label(MANAGED) == Some(WAYPOINT);
        (!services.is_empty() && !is_waypoint && has_sidecar(world, workload)).then_some((workload, services))
    })
}

/// The transport protocol of a Service's port.
pub(super) fn transport(port: ServicePort<'_>) -> &str {
    match port.field.text("protocol") {
        "" => "TCP",
        protocol => protocol,
    }
}
