//! A service and its pods do not agree on which ports are opaque.
//!
//! ## Why it matters
//!
//! An opaque port carries bytes that the proxy must not look into, such as those of a database whose server speaks first. If the
//! client's proxy takes the port for opaque and the server's does not, or the list cannot be read, connections hang for ten
//! seconds or lose their encryption.
//!
//! ## What to do
//!
//! Write the same ports in `config.linkerd.io/opaque-ports` of the service and of the pods, or once on the namespace.

use manifest::Severity;
use mesh::service::TargetPort;
use mesh::{Field, World};

use super::annotations::{carriers, effective};
use super::ports::Ports;
use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0103"),
    name: "OpaquePorts",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("opaque_ports.rs"),
    check: Check::Namespace(check),
};

const NAME: &str = "config.linkerd.io/opaque-ports";
/// What is opaque without being said.
const DEFAULT: &str = "25,587,3306,4444,5432,6379,9300,11211";

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (resource, annotations) in carriers(world, namespace) {
        let Some(value) = annotations.get(NAME) else { continue };
        if let Err(item) = Ports::read(value.as_str().unwrap_or_default()) {
            findings
                .at(&RULE, resource, value, format!("`{item}` is no port"))
                .hint("Write numbers, ranges or names of ports with commas between.");
        }
    }
    for service in world.services_in(namespace).filter(|service| service.is_kubernetes()) {
        let resource = service.resource();
        let Some(value) = resource.at(&["metadata", "annotations", NAME]) else { continue };
        let Some(Ok(opaque)) = value.as_str().map(Ports::read) else { continue };
        for workload in
            service.workloads(world).into_iter().filter(|found| Membership::of(world, *found) == Membership::Linkerd)
        {
            let of_pods = effective(world, workload, NAME).and_then(Field::as_str).unwrap_or(DEFAULT);
            let Ok(of_pods) = Ports::read(of_pods) else { continue };
            let differs = service.ports().find(|port| {
                let target = match port.target {
                    TargetPort::Number(number) => Some((number, "")),
                    TargetPort::Name(name) => {
                        workload.ports().find(|declared| declared.name == name).map(|declared| (declared.number, name))
                    }
                };
                opaque.has(port.number, port.name) && target.is_some_and(|(number, name)| !of_pods.has(number, name))
            });
            if let Some(port) = differs {
                let id = workload.resource().id();
                findings
                    .at(
                        &RULE,
                        resource,
                        value,
                        format!("the port {} is opaque for the service, and not for `{id}`", port.number),
                    )
                    .hint(format!("Add `{NAME}` to the pods, with the port that they listen on."))
                    .see(workload.resource().location(), "the service selects this workload");
                break;
            }
        }
    }
}
