//! A VirtualService is in another namespace than the service of the ambient mesh that it routes for.
//!
//! ## Why it matters
//!
//! A waypoint follows routes of the namespace of the service, and of its own. Those of a client's namespace, which a sidecar would
//! follow, have no effect.
//!
//! ## What to do
//!
//! Move the VirtualService into the namespace of the service.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::{Waypoint, mesh_hosts, reads_requests, serves_ambient, waypoint};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1114"),
    name: "RoutesOfAnotherNamespace",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("routes_of_another_namespace.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for route in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for (host, service) in mesh_hosts(world, route) {
            let Waypoint::In(home) = waypoint(world, service.resource()) else { continue };
            let followed = [home, service.namespace()].contains(&route.namespace());
            // Sidecars beside the VirtualService follow it.
            if !followed && serves_ambient(world, service) && !reads_requests(world, route.namespace()) {
                let message =
                    format!("the waypoint of `{}` follows no routes of `{}`", service.host(), route.namespace());
                findings
                    .at(&RULE, route, host, message)
                    .hint(format!("Move the VirtualService into `{}`.", service.namespace()))
                    .see(service.resource().location(), "the service is here");
            }
        }
    }
}
