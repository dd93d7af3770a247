//! A patch of an EnvoyFilter removes a route or a route configuration, which the operation `REMOVE` cannot.
//!
//! ## Why it matters
//!
//! istiod ignores the patch.
//!
//! ## What to do
//!
//! Override the route with one that is inserted before it.

use manifest::Severity;
use mesh::World;

use super::envoy_patches::{self, Problem};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0154"),
    name: "EnvoyFilterUsesRemoveOperationIncorrectly",
    severity: Severity::Error,
    analyzer: Some("envoyfilter.EnvoyPatchAnalyzer"),
    source: include_str!("envoy_remove_operation.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (filter, patches) in envoy_patches::with(world, Problem::Remove) {
        let mut patches = patches.into_iter();
        let Some(first) = patches.next() else { continue };
        let operation = first.operation();
        let finding =
            findings.at(&RULE, filter, first.place(), format!("`{operation}` is ignored for `{}`", first.applies_to()));
        finding.hint("Insert another route before it instead.");
        for other in patches {
            finding.see(other.place().location(), "and here");
        }
    }
}
