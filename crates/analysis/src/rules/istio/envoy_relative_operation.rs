//! A patch of an EnvoyFilter is placed relative to what other patches make, and the EnvoyFilter has no priority.
//!
//! ## Why it matters
//!
//! In which order such EnvoyFilters are applied depends on when they were created. After they are created anew, in
//! another cluster or after a disaster, the order is another and the patch may find nothing to hold on to.
//!
//! ## What to do
//!
//! Set `priority`, or use the operations `INSERT_FIRST`, `MERGE` or `ADD`, which need no other patch.

use manifest::Severity;
use mesh::World;

use super::envoy_patches::{self, Problem};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0151"),
    name: "EnvoyFilterUsesRelativeOperation",
    severity: Severity::Warning,
    analyzer: Some("envoyfilter.EnvoyPatchAnalyzer"),
    source: include_str!("envoy_relative_operation.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (filter, patches) in envoy_patches::with(world, Problem::Relative) {
        let mut patches = patches.into_iter();
        let Some(first) = patches.next() else { continue };
        let operation = first.operation();
        let finding = findings.at(
            &RULE,
            filter,
            first.place(),
            format!("`{operation}` depends on other patches, and no `priority` says which come first"),
        );
        finding.hint("Set `priority`.");
        for other in patches {
            finding.see(other.place().location(), "and here");
        }
    }
}
