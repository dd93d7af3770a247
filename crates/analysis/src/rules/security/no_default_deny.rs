//! A namespace of the mesh allows what no policy speaks of.
//!
//! ## Why it matters
//!
//! As long as no AuthorizationPolicy of the action `ALLOW` selects a workload, everybody may call it. A new workload starts
//! open, and stays so until somebody thinks of it.
//!
//! ## What to do
//!
//! Declare an AuthorizationPolicy with an empty `spec` in the namespace, or in the root namespace for the whole mesh: it allows
//! nothing. Then allow what is needed, policy by policy.

use manifest::Severity;
use mesh::{NamespaceInjection, Resource, World, kind};

use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0004"),
    name: "NoDefaultDeny",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("no_default_deny.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let denies = |namespace: &str| world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace).any(is_for_all);
    let root = world.mesh_config().root_namespace();
    if denies(root) {
        return;
    }
    if let Some(namespace) = world.find(kind::NAMESPACE, "", namespace).filter(|namespace| namespace.name() != root) {
        let name = namespace.name();
        let in_mesh = || world.workloads_in(name).any(|workload| Membership::of(world, workload).is_istio());
        if (world.namespace_injection(name) == NamespaceInjection::Enabled || in_mesh()) && !denies(name) {
            findings
                .about(&RULE, namespace, "whatever no AuthorizationPolicy speaks of is allowed in the namespace")
                .hint("Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.");
        }
    }
}

/// Whether a policy of the action `ALLOW` holds for every workload, so that what no policy allows is denied.
fn is_for_all(policy: Resource<'_>) -> bool {
    let Some(spec) = policy.spec() else { return true };
    let allows = matches!(spec.text("action"), "" | "ALLOW");
    allows && spec.get("selector").is_none() && spec.get("targetRef").is_none() && spec.list("targetRefs").len() == 0
}
