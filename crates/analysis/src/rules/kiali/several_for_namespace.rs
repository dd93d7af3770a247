//! Two PeerAuthentications hold for a whole namespace.
//!
//! ## Why it matters
//!
//! Only the oldest counts, and which one that is depends on the order in which they came to the cluster: on another cluster the
//! mode may be another.
//!
//! ## What to do
//!
//! Keep one of them, or give the other a selector.

use std::collections::BTreeMap;

use manifest::Severity;
use mesh::{Resource, World, kind};

use super::selectors::labels;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0002"),
    name: "SeveralForNamespace",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("several_for_namespace.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut whole: BTreeMap<&str, Vec<Resource<'_>>> = BTreeMap::new();
    for policy in world.of(kind::PEER_AUTHENTICATION).filter(|policy| labels(*policy, "selector").is_none()) {
        whole.entry(policy.namespace()).or_default().push(policy);
    }
    for policies in whole.into_values() {
        let [first, others @ ..] = policies.as_slice() else { continue };
        for other in others {
            let message = format!("`{}` holds for the whole namespace too, and only one of them counts", first.id());
            findings
                .about(&RULE, *other, message)
                .hint("Keep one of them, or give the other a selector.")
                .see(first.location(), "the other one is here");
        }
    }
}
