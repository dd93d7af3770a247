//! A VirtualService sends requests to a port that its destination does not have.
//!
//! ## Why it matters
//!
//! The requests fail with 503. The port is that of the Service, not the one that it leads to.
//!
//! ## What to do
//!
//! Write a port of the Service.

use manifest::Severity;
use mesh::{Service, World, kind};

use super::{destinations, hosts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("virtualservice.DestinationHostAnalyzer"),
    source: include_str!("destination_port_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for destination in destinations::of(service) {
            let Some(port) = destination.port() else { continue };
            let services = hosts::services(world, service, destination.host());
            let number = port.integer("number").unwrap_or_default();
            let has_port = |service: &Service<'_>| service.ports().any(|port| i64::from(port.number) == number);
            let counting = || destinations::counting(&services);
            if !services.is_empty() && !counting().any(|service| has_port(&service)) {
                let ports = destinations::ports(&services);
                let message = format!("`{}` has no port {number}", destination.host());
                let finding = findings.at(&RULE, service, port.get("number").unwrap_or(port), message);
                if !ports.is_empty() {
                    let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
                    finding.hint(format!("Choose one of its ports: {ports}."));
                }
            }
        }
    }
}
