//! The `appProtocol` of a service's port is none that Istio knows.
//!
//! ## Why it matters
//!
//! Istio then treats the port as bytes or guesses, although it seems to be declared: routes, retries and metrics of HTTP do not
//! apply.
//!
//! ## What to do
//!
//! Write one of `http`, `http2`, `https`, `grpc`, `grpc-web`, `tcp`, `tls`, `mongo`, `mysql`, `redis`, `udp`, or a protocol of
//! Kubernetes such as `kubernetes.io/h2c`.

use manifest::Severity;
use mesh::World;
use mesh::protocol::Protocol;

use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0602"),
    name: "UnknownAppProtocol",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("unknown_app_protocol.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.services_in(namespace).filter(|service| service.is_kubernetes()) {
        for port in service.resource().list(&["spec", "ports"]) {
            let Some(protocol) = port.get("appProtocol") else { continue };
            let text = protocol.as_str().unwrap_or_default();
            let known = Protocol::named(text.split('-').next().unwrap_or(text)).is_some() || text.contains('/');
            let in_mesh =
                || service.workloads(world).into_iter().any(|workload| Membership::of(world, workload).is_istio());
            if !known && in_mesh() {
                findings
                    .at(&RULE, service.resource(), protocol, format!("Istio knows no protocol `{text}`"))
                    .hint("Write a protocol that Istio knows, such as `http` or `tcp`.");
            }
        }
    }
}
