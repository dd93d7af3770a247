//! Linkerd is to inject pods that it refuses.
//!
//! ## Why it matters
//!
//! Pods on the network of their node are never injected: they start without a proxy, outside the mesh, although they ask to be
//! in it.
//!
//! ## What to do
//!
//! Remove `hostNetwork`, or write `linkerd.io/inject: disabled` on the pods, so that they say what they are.

use manifest::Severity;
use mesh::World;

use super::annotations::effective;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0113"),
    name: "InjectionRefused",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("injection_refused.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for workload in world.workloads_in(namespace).filter(|workload| workload.is_on_host_network()) {
        let wanted = effective(world, workload, "linkerd.io/inject");
        let Some(wanted) = wanted.filter(|wanted| matches!(wanted.as_str(), Some("enabled" | "ingress"))) else {
            continue;
        };
        let field = workload.pod_spec().and_then(|spec| spec.get("hostNetwork")).unwrap_or(workload.resource().root());
        findings
            .at(&RULE, workload.resource(), field, "pods on the network of their node are not injected")
            .hint("Remove `hostNetwork`, or write `linkerd.io/inject: disabled` on the pods.")
            .see(wanted.location(), "injection is asked for here");
    }
}
