//! Services that select the same workload use one port number for different transport protocols.
//!
//! ## Why it matters
//!
//! The sidecar has one listener for a port: it follows one of the Services, and the traffic of the other is taken for
//! something that it is not.
//!
//! ## What to do
//!
//! Give one of the Services another port number.

use manifest::Severity;
use std::collections::BTreeMap;

use mesh::World;

use super::selection::{listing, name};
use super::sidecar_services::{self, transport};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0116"),
    name: "DeploymentAssociatedToMultipleServices",
    severity: Severity::Warning,
    analyzer: Some("deployment.MultiServiceAnalyzer"),
    source: include_str!("service_protocol_conflict.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (workload, services) in sidecar_services::of(world, namespace) {
        let mut ports: BTreeMap<u16, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
        for service in &services {
            for port in service.ports() {
                let by_transport = ports.entry(port.number).or_default();
                by_transport.entry(transport(port)).or_default().push(name(service.resource()));
            }
        }
        for (port, by_transport) in ports.iter().filter(|(_, by_transport)| by_transport.len() > 1) {
            let names = listing(by_transport.values().flatten().map(String::as_str));
            let transports = by_transport.keys().copied().collect::<Vec<_>>().join(" and ");
            let message = format!("the port {port} is {transports} at once for the Services {names}");
            findings.about(&RULE, workload.resource(), message);
        }
    }
}
