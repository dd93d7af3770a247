//! A policy for a workload stands in the root namespace, where it holds for the whole mesh.
//!
//! ## Why it matters
//!
//! In the root namespace a `selector` does not mean the workloads of that namespace, but those with the labels in every
//! namespace. A policy that somebody wrote for a gateway also changes whatever else carries the label.
//!
//! ## What to do
//!
//! Move the policy into the namespace of the workload. If it is meant for the whole mesh, suppress this finding on it.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0012"),
    name: "RootNamespacePolicy",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("root_namespace_policy.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    let policies = [
        (kind::ISTIO_AUTHORIZATION_POLICY, "selector"),
        (kind::REQUEST_AUTHENTICATION, "selector"),
        (kind::PEER_AUTHENTICATION, "selector"),
        (kind::TELEMETRY, "selector"),
        (kind::WASM_PLUGIN, "selector"),
        (kind::ENVOY_FILTER, "workloadSelector"),
    ];
    for (kind, member) in policies {
        for policy in world.within(kind, root) {
            let Some(selector) = policy.at(&["spec", member]) else { continue };
            let labels = selector.get("matchLabels").or_else(|| selector.get("labels"));
            let Some(labels) = labels.filter(|labels| labels.members().next().is_some()) else { continue };
            let mut elsewhere: Vec<_> = world.selected_workloads(None, labels);
            elsewhere.retain(|workload| workload.namespace() != root);
            let Some(first) = elsewhere.first() else { continue };
            let message = format!(
                "the policy also holds for `{}`, because it stands in the root namespace",
                first.resource().id()
            );
            findings
                .at(&RULE, policy, selector, message)
                .hint("Move the policy into the namespace of the workload that it is for.")
                .see(first.resource().location(), "this workload has the labels");
        }
    }
}
