//! A ReferenceGrant is for a namespace that does not exist.
//!
//! ## Why it matters
//!
//! It grants nothing to those it was made for, and something to whoever makes a namespace of that name.
//!
//! ## What to do
//!
//! Correct the namespace or remove the entry.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1601"),
    name: "GrantFromUnknownNamespace",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("grant_from_unknown_namespace.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    if !known.everything() || world.of(kind::NAMESPACE).len() == 0 {
        return;
    }
    for grant in world.of(kind::REFERENCE_GRANT) {
        for namespace in grant.list(&["spec", "from"]).filter_map(|from| from.get("namespace")) {
            let name = namespace.as_str().unwrap_or_default();
            if !known.mentions(name) {
                findings
                    .at(&RULE, grant, namespace, format!("there is no namespace `{name}`"))
                    .hint("Correct the namespace or remove the entry.");
            }
        }
    }
}
