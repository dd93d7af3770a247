//! A patch of an EnvoyFilter without a priority is placed relative to a filter of the same name, of which another patch
//! depends on the version of the proxy.
//!
//! ## Why it matters
//!
//! With the upgrade of a proxy the other patch ceases to apply; then this one finds nothing to hold on to and is
//! dropped without a word.
//!
//! ## What to do
//!
//! Set `priority`, or let the patch not depend on the version.

use manifest::Severity;
use mesh::World;

use super::envoy_patches::{self, Problem};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0155"),
    name: "EnvoyFilterUsesRelativeOperationWithProxyVersion",
    severity: Severity::Warning,
    analyzer: Some("envoyfilter.EnvoyPatchAnalyzer"),
    source: include_str!("envoy_relative_operation_with_version.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (filter, patches) in envoy_patches::with(world, Problem::RelativeWithVersion) {
        let mut patches = patches.into_iter();
        let Some(first) = patches.next() else { continue };
        let operation = first.operation();
        let finding = findings.at(&RULE, filter, first.place(), format!("`{operation}` depends on a filter that another patch makes for some proxy versions only, and there is no `priority`"));
        finding.hint("Set `priority`.");
        for other in patches {
            finding.see(other.place().location(), "and here");
        }
    }
}
