//! Where a request goes without any mesh.

use crate::reasoning::Reasoning;
use crate::request::{Client, Request, possible_names};
use crate::route::{Destination, Forward, RouteAction, RouteDecision, Routed};
use crate::service::{Service, ServicePort};
use crate::{World, kind};

/// To a pod of the service of that name, or to the address that the name service gives.
pub(super) fn route(world: &World, client: Client<'_>, request: &Request) -> RouteDecision {
    let mut why = Reasoning::decides(String::new());
    to_pods(world, client, request, &mut why).explained(request, why)
}

fn to_pods(world: &World, client: Client<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let Some(service) = find(world, client.namespace(), &request.host) else {
        why.push(Reasoning::decides(format!("no Service is called `{}`", request.host)));
        return Routed::unmatched(RouteAction::Passthrough);
    };
    let Some(port) = service.port(request.port) else {
        let step = format!("`{}` has no port {}", service.host(), request.port);
        why.push(Reasoning::decides(step).about(service.resource()));
        return Routed::refused(503);
    };
    let step = format!("any pod of `{}` behind port {}", service.host(), port.number);
    why.push(Reasoning::decides(step).at(port.field));
    Routed::unmatched(RouteAction::Forward(Box::new(Forward {
        destinations: vec![to_service(world, service, port)],
        path: Some(request.path.clone()),
        ..Forward::default()
    })))
}

/// The Kubernetes Service that a client of a namespace means by a host.
pub(super) fn find<'w>(world: &'w World, namespace: &str, host: &str) -> Option<Service<'w>> {
    let mut names = possible_names(world, host, namespace).into_iter();
    names.find_map(|name| world.services_with_host(&name).find(|service| service.is_kubernetes()))
}

/// A service as the one destination.
pub(super) fn to_service<'w>(world: &'w World, service: Service<'w>, port: ServicePort<'w>) -> Destination {
    let workloads = service.workloads(world);
    Destination {
        host: service.host().to_owned(),
        port: Some(port.number),
        weight: 1,
        workloads: workloads.iter().map(|workload| format!("{}/{}", workload.namespace(), workload.name())).collect(),
        ..Destination::default()
    }
}

/// The Kubernetes Service of a namespace by its name.
pub(super) fn service_named<'w>(world: &'w World, namespace: &str, name: &str) -> Option<Service<'w>> {
    world.find(kind::SERVICE, namespace, name)?;
    let host = crate::host::full_name(name, namespace, &world.options().cluster_domain);
    world.services_with_host(&host).find(|service| service.is_kubernetes())
}
