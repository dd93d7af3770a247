//! Which waypoint reads the requests for members of the ambient mesh.

use crate::service::Service;
use crate::workload::Workload;
use crate::{Resource, World, kind};

/// The label that asks for a waypoint, and the one that says in which namespace it is.
const USE: &str = "istio.io/use-waypoint";
const NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// What asks for a waypoint: its name and the namespace, if it says one.
type Wish<'w> = (&'w str, Option<&'w str>);

/// The waypoint that a workload, one of its services, or its namespace asks for, if it is declared.
pub(crate) fn of_workload<'w>(world: &'w World, workload: Workload<'w>) -> Option<Resource<'w>> {
    let own = workload.label(USE).map(|name| (name, workload.label(NAMESPACE)));
    let by_service = || world.services_of(workload).find_map(|service| wish(service.resource()));
    declared(world, own.or_else(by_service).or_else(|| of_namespace(world, workload.namespace())), workload.namespace())
}

/// The waypoint that a service or its namespace asks for, if it is declared.
pub(crate) fn of_service<'w>(world: &'w World, service: Service<'w>) -> Option<Resource<'w>> {
    let wish = wish(service.resource()).or_else(|| of_namespace(world, service.namespace()));
    declared(world, wish, service.namespace())
}

fn wish(resource: Resource<'_>) -> Option<Wish<'_>> {
    Some((resource.label(USE)?, resource.label(NAMESPACE)))
}

fn of_namespace<'w>(world: &'w World, name: &str) -> Option<Wish<'w>> {
    wish(world.find(kind::NAMESPACE, "", name)?)
}

fn declared<'w>(world: &'w World, wish: Option<Wish<'w>>, own: &'w str) -> Option<Resource<'w>> {
    let (name, namespace) = wish.filter(|(name, _)| *name != "none")?;
    world.find(kind::GATEWAY, namespace.unwrap_or(own), name)
}
