//! A VirtualService routes requests for a service of the ambient mesh that no waypoint stands before.
//!
//! ## Why it matters
//!
//! Clients in the ambient mesh do not read their requests: only the waypoint of a service follows its routes. Without one, they go
//! straight to the pods: no weight, no timeout, no retry and no redirect holds.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::{Waypoint, mesh_hosts, serves_ambient, waypoint};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1113"),
    name: "RoutesWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("routes_without_waypoint.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for route in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for (host, service) in mesh_hosts(world, route) {
            if waypoint(world, service.resource()) == Waypoint::Absent && serves_ambient(world, service) {
                let name = service.host();
                findings
                    .at(&RULE, route, host, format!("no waypoint stands before `{name}`, so clients in the ambient mesh do not follow the routes"))
                    .hint("Add `istio.io/use-waypoint` to the service or its namespace.")
                    .see(service.resource().location(), "the service is here");
            }
        }
    }
}
