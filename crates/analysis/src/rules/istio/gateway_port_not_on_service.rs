//! A Gateway opens a port that no Service of its proxies leads to.
//!
//! ## Why it matters
//!
//! The proxy listens, but nobody outside its pod reaches the port.
//!
//! ## What to do
//!
//! Add the port to the Service of the gateway, or correct the number.

use manifest::Severity;
use std::collections::BTreeSet;

use mesh::service::TargetPort;
use mesh::{Coverage, Resource, World, kind};

use super::selection;
use super::sidecar_services::transport;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0162"),
    name: "GatewayPortNotDefinedOnService",
    severity: Severity::Warning,
    analyzer: Some("gateway.IngressGatewayPortAnalyzer"),
    source: include_str!("gateway_port_not_on_service.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for gateway in world.within(kind::ISTIO_GATEWAY, namespace) {
        let Some(reachable) = reachable_ports(world, known, gateway) else { continue };
        let mut told = BTreeSet::new();
        for port in gateway.list(&["spec", "servers"]).filter_map(|server| server.get("port")) {
            let number = port.integer("number").unwrap_or_default();
            if !reachable.contains(&number) && told.insert(number) {
                let place = port.get("number").unwrap_or(port);
                let message = format!("no Service of the gateway leads to the port {number}");
                findings.at(&RULE, gateway, place, message);
            }
        }
    }
}

/// The ports that Services have for a gateway's proxies or lead to; `None` if it has no proxies, or if not all Services are known.
fn reachable_ports(world: &World, known: &Coverage, gateway: Resource<'_>) -> Option<BTreeSet<i64>> {
    let workloads = selection::workloads(world, None, gateway.at(&["spec", "selector"]));
    let mut ports = BTreeSet::new();
    for workload in &workloads {
        for service in world.services_of(*workload).filter(|service| service.is_kubernetes()) {
            for port in service.ports().filter(|port| transport(*port) == "TCP") {
                ports.insert(i64::from(port.number));
                let target = match port.target {
                    TargetPort::Number(number) => Some(number),
                    TargetPort::Name(_) => port.number_at(*workload),
                };
                ports.extend(target.map(i64::from));
            }
        }
    }
    let is_known = !workloads.iter().any(|workload| known.may_hold_more(workload.namespace()));
    (is_known && !workloads.is_empty()).then_some(ports)
}
