//! Two Kustomizations or HelmReleases apply the same object.
//!
//! ## Why it matters
//!
//! Each takes the object from the other at its interval: fields flip back and forth, drift is found that nobody made, and
//! the one that stops declaring the object deletes it under the other.
//!
//! ## What to do
//!
//! Keep the object in one of them, usually the one that everybody else depends on, and let the others wait for it with
//! `dependsOn`.

use std::collections::BTreeMap;

use manifest::{ObjectId, Severity};
use mesh::{Resource, World};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0001"),
    name: "AppliedTwice",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("applied_twice.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut declared: BTreeMap<&ObjectId, Vec<Resource<'_>>> = BTreeMap::new();
    for replaced in world.replaced() {
        let again = || world.by_id(replaced.id()).into_iter().collect();
        declared.entry(replaced.id()).or_insert_with(again).push(replaced);
    }
    for (_, mut declarations) in declared {
        // Which of them was read first decides nothing.
        declarations.retain(|declaration| declaration.applied_by().is_some());
        declarations.sort_by_key(|declaration| (declaration.applied_by(), declaration.location()));
        declarations.dedup_by_key(|declaration| declaration.applied_by());
        let [first, others @ ..] = declarations.as_slice() else { continue };
        if others.is_empty() {
            continue;
        }
        let owners: Vec<String> =
            declarations.iter().filter_map(|found| Some(format!("`{}`", found.applied_by()?))).collect();
        let message = format!("the object is applied by {}", owners.join(" and by "));
        let finding = findings.about(&RULE, *first, message);
        finding.hint("Keep the object in one of them, and let the others depend on that one.");
        for other in others {
            let owner = other.applied_by().map(ToString::to_string).unwrap_or_default();
            finding.see(other.location(), format!("`{owner}` declares it here"));
        }
    }
}
