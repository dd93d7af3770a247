//! Two PeerAuthentications select the same workload.
//!
//! ## Why it matters
//!
//! Only the oldest counts, and which one that is depends on the order in which they came to the cluster.
//!
//! ## What to do
//!
//! Make one of the two, with the settings of all ports, or let the selectors exclude each other.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Severity};
use mesh::workload::Workload;
use mesh::{Resource, World, kind};

use super::selectors::labels;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0003"),
    name: "SeveralForWorkload",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("several_for_workload.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let mut by_workload: BTreeMap<&ObjectId, (Workload<'_>, Vec<Resource<'_>>)> = BTreeMap::new();
    for policy in world.within(kind::PEER_AUTHENTICATION, namespace) {
        let Some(labels) = labels(policy, "selector") else { continue };
        for workload in world.selected_workloads(Some(policy.namespace()), labels) {
            by_workload.entry(workload.resource().id()).or_insert((workload, Vec::new())).1.push(policy);
        }
    }
    let mut told: BTreeSet<(&ObjectId, &ObjectId)> = BTreeSet::new();
    for (workload, policies) in by_workload.into_values() {
        let [first, others @ ..] = policies.as_slice() else { continue };
        for other in others.iter().filter(|other| told.insert((first.id(), other.id()))) {
            let selected = workload.resource();
            let message = format!("`{}` selects `{}` too, and only one of them counts", first.id(), selected.id());
            findings
                .at(&RULE, *other, other.at(&["spec", "selector"]).unwrap_or(other.root()), message)
                .hint("Make one policy of the two.")
                .see(first.location(), "the other one is here")
                .see(selected.location(), "both select this workload");
        }
    }
}
