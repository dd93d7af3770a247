//! Where the ambient mesh sends a request: through the waypoint of the service that it means, or straight to the service.

use super::mesh::route_in_mesh;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request};
use crate::route::{RouteDecision, kubernetes};
use crate::{World, waypoint};

/// Where a request of a client in the ambient mesh goes. Only a waypoint reads requests, and it is the waypoint of the service:
/// routes count that its own namespace sees, whoever the client is.
pub(in crate::route) fn route_in_ambient(world: &World, client: Client<'_>, request: &Request) -> RouteDecision {
    let meant = kubernetes::find(world, client.namespace(), &request.host);
    let waypoint = meant.and_then(|service| Some((service, waypoint::of_service(world, service)?)));
    let Some((service, waypoint)) = waypoint else {
        let mut decision = kubernetes::route(world, client, request);
        let step = "no waypoint stands before it, so nobody reads the request";
        decision.reasoning.steps.insert(0, Reasoning::noted(step));
        return decision;
    };
    let at_waypoint = Request { host: service.host().to_owned(), ..request.clone() };
    let mut decision = route_in_mesh(world, Client::Namespace(waypoint.namespace()), &at_waypoint);
    let step = format!("the waypoint {}/{} routes", waypoint.namespace(), waypoint.name());
    decision.reasoning.steps.insert(0, Reasoning::holds(step).about(waypoint));
    decision
}
