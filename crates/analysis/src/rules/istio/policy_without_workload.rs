//! An AuthorizationPolicy applies to no workload of the mesh.
//!
//! ## Why it matters
//!
//! What it was to allow or deny it does not: a slip in a selector opens what was to be closed. Workloads outside the
//! mesh have no proxy that could enforce it.
//!
//! ## What to do
//!
//! Correct the selector or the namespace, or bring the workloads into the mesh.

use manifest::Severity;
use mesh::{Coverage, Resource, World, kind};

use super::selection;
use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0127"),
    name: "NoMatchingWorkloadsFound",
    severity: Severity::Warning,
    analyzer: Some("auth.AuthorizationPoliciesAnalyzer"),
    source: include_str!("policy_without_workload.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        let Some(spec) = policy.spec() else { continue };
        let is_targeted = spec.get("targetRef").is_some() || spec.list("targetRefs").len() > 0;
        if !is_targeted && is_known(world, known, policy) && !applies(world, policy) {
            let labels = policy.at(&["spec", "selector", "matchLabels"]);
            match labels.filter(|labels| labels.members().next().is_some()) {
                Some(labels) => {
                    let message = format!("no workload of the mesh has the labels `{}`", selection::text(Some(labels)));
                    findings.at(&RULE, policy, labels, message);
                }
                None => {
                    let message = format!("the namespace `{}` has no workload in the mesh", policy.namespace());
                    findings.about(&RULE, policy, message);
                }
            }
        }
    }
}

/// Whether every workload that a policy could select is known.
fn is_known(world: &World, known: &Coverage, policy: Resource<'_>) -> bool {
    let is_root = policy.namespace() == world.mesh_config().root_namespace();
    if is_root { known.everything() } else { !known.may_hold_more(policy.namespace()) }
}

/// Whether some workload of the mesh is selected. Without a selector, the root namespace means the whole mesh.
fn applies(world: &World, policy: Resource<'_>) -> bool {
    let is_root = policy.namespace() == world.mesh_config().root_namespace();
    let selector = policy.at(&["spec", "selector"]);
    if is_root && selector.is_none() {
        return true;
    }
    let namespace = (!is_root).then(|| policy.namespace());
    let labels = selector.and_then(|selector| selector.get("matchLabels"));
    let mut selected = selection::workloads(world, namespace, labels).into_iter();
    selected.any(|workload| Membership::of(world, workload).is_istio())
}
