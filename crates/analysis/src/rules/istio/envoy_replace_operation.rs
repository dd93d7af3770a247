//! A patch of an EnvoyFilter replaces something that the operation `REPLACE` cannot replace.
//!
//! ## Why it matters
//!
//! istiod ignores the patch: only HTTP filters, network filters and virtual hosts can be replaced.
//!
//! ## What to do
//!
//! Use `MERGE`, or remove the one and insert the other.

use manifest::Severity;
use mesh::World;

use super::envoy_patches::{self, Problem};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0152"),
    name: "EnvoyFilterUsesReplaceOperationIncorrectly",
    severity: Severity::Error,
    analyzer: Some("envoyfilter.EnvoyPatchAnalyzer"),
    source: include_str!("envoy_replace_operation.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (filter, patches) in envoy_patches::with(world, Problem::Replace) {
        let mut patches = patches.into_iter();
        let Some(first) = patches.next() else { continue };
        let operation = first.operation();
        let finding =
            findings.at(&RULE, filter, first.place(), format!("`{operation}` is ignored for `{}`", first.applies_to()));
        finding.hint("Use `MERGE` instead.");
        for other in patches {
            finding.see(other.place().location(), "and here");
        }
    }
}
