//! A DestinationRule is in another namespace than the service of the ambient mesh that it is for.
//!
//! ## Why it matters
//!
//! A waypoint follows the DestinationRules of its own namespace, of the namespace of the service, and of the root namespace. Those of
//! a client's namespace, which a sidecar would follow, have no effect.
//!
//! ## What to do
//!
//! Move the DestinationRule into the namespace of the service.

use manifest::Severity;
use mesh::{World, host, kind};

use super::ambient::{Waypoint, reads_requests, serves_ambient, waypoint};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0212"),
    name: "TrafficPolicyOfAnotherNamespace",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("traffic_policy_of_another_namespace.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some(written) = rule.at(&["spec", "host"]) else { continue };
        let text = written.as_str().unwrap_or_default();
        let name = host::full_name(text, rule.namespace(), &world.options().cluster_domain);
        let Some(service) = world.services_with_host(&name).find(|service| service.is_kubernetes()) else { continue };
        let Waypoint::In(home) = waypoint(world, service.resource()) else { continue };
        let followed = [home, service.namespace(), root].contains(&rule.namespace());
        // Sidecars and gateways beside the DestinationRule follow it.
        if !followed && serves_ambient(world, service) && !reads_requests(world, rule.namespace()) {
            let message = format!("the waypoint of `{name}` follows no DestinationRules of `{}`", rule.namespace());
            findings
                .at(&RULE, rule, written, message)
                .hint(format!("Move the DestinationRule into `{}`.", service.namespace()))
                .see(service.resource().location(), "the service is here");
        }
    }
}
