//! Two Canaries release the same target, or answer for the same service.
//!
//! ## Why it matters
//!
//! Each scales the target, rewrites the services and sets the weights of the route by its own state: they undo each other's
//! work, and traffic flips between versions.
//!
//! ## What to do
//!
//! Keep one Canary for a target, and give each its own `service.name`.

use std::collections::BTreeMap;

use manifest::{ObjectId, Severity};
use mesh::{World, kind};

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0014"),
    name: "TwoCanaries",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("two_canaries.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut by_target: BTreeMap<ObjectId, Vec<Canary<'_>>> = BTreeMap::new();
    let mut by_service: BTreeMap<ObjectId, Vec<Canary<'_>>> = BTreeMap::new();
    for canary in Canary::all(world) {
        if let Some(target) = canary.target_id() {
            by_target.entry(target).or_default().push(canary);
        }
        by_service.entry(canary.id(kind::SERVICE, canary.apex())).or_default().push(canary);
    }
    for (id, canaries) in by_target.iter().chain(&by_service) {
        let [first, others @ ..] = canaries.as_slice() else { continue };
        for other in others {
            let field = other.spec("targetRef").unwrap_or(other.resource.root());
            findings
                .at(&RULE, other.resource, field, format!("`{}` has `{id}` too", first.resource.id()))
                .hint("Keep one Canary for the target, with a service of its own.")
                .see(first.resource.location(), "the other Canary is here");
        }
    }
}
