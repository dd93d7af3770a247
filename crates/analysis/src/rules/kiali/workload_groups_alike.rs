//! Two WorkloadGroups of a namespace give their machines the same labels.
//!
//! ## Why it matters
//!
//! Services and policies select machines by these labels only: what is meant for one group holds for the other too, and nobody can
//! tell in metrics which of them a machine is of.
//!
//! ## What to do
//!
//! Make one WorkloadGroup of the two, or give each a label of its own. Groups for different networks or localities may be alike.

use std::collections::BTreeMap;

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1702"),
    name: "WorkloadGroupsAlike",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("workload_groups_alike.rs"),
    check: Check::Namespace(check),
};

/// What tells the machines of two groups apart.
type Likeness<'w> = (BTreeMap<&'w str, &'w str>, &'w str, &'w str);

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let mut seen: BTreeMap<Likeness<'_>, Resource<'_>> = BTreeMap::new();
    for group in world.within(kind::WORKLOAD_GROUP, namespace) {
        let Some(labels) = group.at(&["spec", "metadata", "labels"]) else { continue };
        let pairs: BTreeMap<&str, &str> =
            labels.members().filter_map(|(name, value)| Some((name, value.as_str()?))).collect();
        if pairs.is_empty() {
            continue;
        }
        let template = |name: &str| group.at(&["spec", "template", name]).and_then(Field::as_str).unwrap_or_default();
        let first = *seen.entry((pairs, template("network"), template("locality"))).or_insert(group);
        if first != group {
            findings
                .at(&RULE, group, labels, format!("`{}` gives its machines the same labels", first.id()))
                .hint("Give each group a label of its own.")
                .see(first.location(), "the other group is here");
        }
    }
}
