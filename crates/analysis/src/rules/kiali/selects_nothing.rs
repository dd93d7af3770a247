//! A policy selects no workload.
//!
//! ## Why it matters
//!
//! A label was misspelt or has changed: the policy does nothing, and the workload that it was for goes on without it. Istio
//! says nothing about it.
//!
//! ## What to do
//!
//! Correct the labels of the selector: they are compared with those of the pods, not of the Deployment.

use manifest::Severity;
use mesh::World;

use super::selectors::{SELECTING, labels, scope};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0004"),
    name: "SelectsNothing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("selects_nothing.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for (kind, member) in SELECTING {
        for object in world.within(kind, namespace) {
            let Some(labels) = labels(object, member) else { continue };
            let scope = scope(world, object);
            let seen = scope.map_or_else(|| known.everything(), |namespace| known.whole(namespace));
            // Where no workload is declared, they are declared elsewhere.
            let runs = world.workloads_in(object.namespace()).len() > 0;
            if seen && runs && world.selected_workloads(scope, labels).is_empty() {
                findings
                    .at(&RULE, object, labels, "no workload has the labels that it selects")
                    .hint("Write labels that the pods have.");
            }
        }
    }
}
