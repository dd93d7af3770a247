//! A patch of an EnvoyFilter adds a route or a route configuration, which the operation `ADD` cannot.
//!
//! ## Why it matters
//!
//! istiod ignores the patch.
//!
//! ## What to do
//!
//! Use `INSERT_FIRST`, `INSERT_BEFORE` or `INSERT_AFTER` for routes, `MERGE` for route configurations.

use manifest::Severity;
use mesh::World;

use super::envoy_patches::{self, Problem};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0153"),
    name: "EnvoyFilterUsesAddOperationIncorrectly",
    severity: Severity::Error,
    analyzer: Some("envoyfilter.EnvoyPatchAnalyzer"),
    source: include_str!("envoy_add_operation.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (filter, patches) in envoy_patches::with(world, Problem::Add) {
        let mut patches = patches.into_iter();
        let Some(first) = patches.next() else { continue };
        let operation = first.operation();
        let finding =
            findings.at(&RULE, filter, first.place(), format!("`{operation}` is ignored for `{}`", first.applies_to()));
        finding.hint("Use `INSERT_FIRST` or `MERGE`.");
        for other in patches {
            finding.see(other.place().location(), "and here");
        }
    }
}
