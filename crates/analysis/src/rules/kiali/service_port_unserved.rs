//! A port of a service leads to a port that no container declares.
//!
//! ## Why it matters
//!
//! A `targetPort` by name that no container has leads nowhere: requests are refused. By number it may still be served, but
//! where containers declare their ports and the service leads to none of them, it is a slip.
//!
//! ## What to do
//!
//! Let `targetPort` be the name or the number of a port that a container declares.

use manifest::Severity;
use mesh::service::TargetPort;
use mesh::{ServicePort, World};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0701"),
    name: "ServicePortUnserved",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("service_port_unserved.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.services_in(namespace).filter(|service| service.is_kubernetes()) {
        let workloads = service.workloads(world);
        // Ports need not be declared: where a workload declares none, nobody knows which it serves.
        if workloads.is_empty() || workloads.iter().any(|workload| workload.ports().next().is_none()) {
            continue;
        }
        let is_served = |port: &ServicePort<'_>| {
            workloads.iter().any(|workload| {
                workload.ports().any(|declared| match port.target {
                    TargetPort::Number(number) => declared.number == number,
                    TargetPort::Name(name) => declared.name == name,
                })
            })
        };
        let some_served = service.ports().any(|port| is_served(&port));
        for port in service.ports() {
            // Somebody who declares some of the ports may leave out others.
            let served = is_served(&port) || (some_served && matches!(port.target, TargetPort::Number(_)));
            if !served {
                let target = match port.target {
                    TargetPort::Number(number) => number.to_string(),
                    TargetPort::Name(name) => name.to_owned(),
                };
                let resource = workloads[0].resource();
                let field = port.field.get("targetPort").or_else(|| port.field.get("port")).unwrap_or(port.field);
                findings
                    .at(&RULE, service.resource(), field, format!("`{}` declares no port `{target}`", resource.id()))
                    .hint("Let `targetPort` be a port that a container declares.")
                    .see(resource.location(), "the service selects this workload");
            }
        }
    }
}
