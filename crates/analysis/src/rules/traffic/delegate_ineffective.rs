//! A route of a VirtualService delegates to what cannot take it: nothing, a VirtualService with hosts of its own, or one that
//! delegates further.
//!
//! ## Why it matters
//!
//! Istio leaves out the route as if it were not written, so that its requests fall to later routes or are answered with 404. Only
//! one step of delegation is followed: a circle of delegates leads nowhere.
//!
//! ## What to do
//!
//! Name a VirtualService without `hosts` whose routes have destinations.

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("TR0001"),
    name: "DelegateIneffective",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("delegate_ineffective.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for root in world.within(kind::VIRTUAL_SERVICE, namespace).filter(|service| has_hosts(*service)) {
        for delegate in delegates(root) {
            let namespace = Some(delegate.text("namespace")).filter(|namespace| !namespace.is_empty());
            let (namespace, name) = (namespace.unwrap_or(root.namespace()), delegate.text("name"));
            match world.find(kind::VIRTUAL_SERVICE, namespace, name) {
                None if world.coverage().may_hold_more(namespace) => {}
                None => {
                    let message = format!("the route delegates to `{namespace}/{name}`, which is not there");
                    findings.at(&RULE, root, delegate, message);
                }
                Some(found) if has_hosts(found) => {
                    let message = format!("the route delegates to `{namespace}/{name}`, which has hosts of its own");
                    let finding = findings.at(&RULE, root, delegate, message);
                    finding.see(found.at(&["spec", "hosts"]).and_then(Field::location), "the hosts are here");
                    finding.hint("Remove `hosts` from the delegate.");
                }
                Some(found) => further(root, delegate, found, findings),
            }
        }
    }
}

/// What a delegate delegates itself.
fn further(root: Resource<'_>, delegate: Field<'_>, found: Resource<'_>, findings: &mut Findings) {
    for next in delegates(found) {
        let id: &ObjectId = found.id();
        let message = format!("the route delegates to `{}/{}`, which delegates further", id.namespace, id.name);
        let finding = findings.at(&RULE, root, delegate, message);
        finding.see(next.location(), "it delegates here");
        finding.hint("Give the delegate destinations, or delegate to the last one directly.");
    }
}

fn has_hosts(service: Resource<'_>) -> bool {
    service.list(&["spec", "hosts"]).next().is_some()
}

fn delegates<'w>(service: Resource<'w>) -> impl Iterator<Item = Field<'w>> {
    service.list(&["spec", "http"]).filter_map(|route| route.get("delegate"))
}
