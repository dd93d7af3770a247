//! Services lead different ports to one port of the same workload.
//!
//! ## Why it matters
//!
//! The sidecar knows one inbound service for a port of the workload: policies and telemetry count all traffic of that
//! port to one of the Services.
//!
//! ## What to do
//!
//! Use the same port number in all Services that lead to the port.

use manifest::Severity;
use std::collections::{BTreeMap, BTreeSet};

use mesh::World;
use mesh::service::TargetPort;

use super::selection::{listing, name};
use super::sidecar_services;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0137"),
    name: "DeploymentConflictingPorts",
    severity: Severity::Warning,
    analyzer: Some("deployment.MultiServiceAnalyzer"),
    source: include_str!("service_port_conflict.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (workload, services) in sidecar_services::of(world, namespace) {
        let mut targets: BTreeMap<String, (BTreeSet<u16>, Vec<String>)> = BTreeMap::new();
        for service in &services {
            for port in service.ports() {
                let target = match port.target {
                    TargetPort::Number(number) => number.to_string(),
                    TargetPort::Name(name) => name.to_owned(),
                };
                let (ports, names) = targets.entry(target).or_default();
                ports.insert(port.number);
                names.push(name(service.resource()));
            }
        }
        for (target, (ports, names)) in targets.iter().filter(|(_, (ports, _))| ports.len() > 1) {
            let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            let names = listing(names.iter().map(String::as_str));
            let message = format!("the ports {ports} of {names} all lead to its port {target}");
            findings.about(&RULE, workload.resource(), message);
        }
    }
}
