//! Pods share the network, the processes or the memory of their node.
//!
//! ## Why it matters
//!
//! They see the traffic and the processes of everything else on the node, and reach what listens on its loopback address, such
//! as agents without a password. The baseline profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Remove `hostNetwork`, `hostPID` and `hostIPC`. Agents of the node that need them belong in a namespace of their own.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0201"),
    name: "HostNamespaces",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("host_namespaces.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for name in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(field) = pods.spec.get(name).filter(|field| field.value().as_bool() == Some(true)) {
            findings
                .at(&RULE, resource, field, format!("the pods have `{name}`, which they share with their node"))
                .hint(format!("Remove `{name}`."));
        }
    }
}
