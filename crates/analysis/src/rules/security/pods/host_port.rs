//! A container takes a port of its node.
//!
//! ## Why it matters
//!
//! The port is open on the node's own address, where NetworkPolicies and the mesh do not stand before it, and only one such pod
//! fits on a node. The baseline profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Remove `hostPort` and reach the pods through a Service.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0205"),
    name: "HostPort",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("host_port.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for port in pods.containers().flat_map(|container| container.list("ports")) {
        if let Some(field) = port.get("hostPort").filter(|field| field.value().as_u64() != Some(0)) {
            findings
                .at(&RULE, resource, field, format!("the container takes the port {} of the node", field.value()))
                .hint("Remove `hostPort`.");
        }
    }
}
