//! A route is attached to nothing.
//!
//! ## Why it matters
//!
//! A route without a parent, or whose parent does not exist, serves no request. The API server takes it all the same; only a
//! condition in its status says so.
//!
//! ## What to do
//!
//! Correct `parentRefs`: the name, the namespace (by default the route's own), and `sectionName`, which is the name of a
//! listener.

use manifest::{ObjectId, Severity};
use mesh::{KindName, World, kind};

use super::references::{listeners, routes, target};
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0101"),
    name: "ParentMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("parent_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for route in routes(world) {
        let mut parents = route.list(&["spec", "parentRefs"]).peekable();
        if parents.peek().is_none() {
            findings
                .at(
                    &RULE,
                    route,
                    route.spec().unwrap_or(route.root()),
                    "the route has no parent, and serves no request",
                )
                .hint("Add `parentRefs`.");
        }
        for parent in parents {
            let id = target(route, parent, kind::GATEWAY);
            let at = |name: &str| parent.get(name).unwrap_or(parent);
            match world.by_id(&id) {
                None if parent_kind(&id).is_some_and(|kind| is_missing(world, &id, kind)) => {
                    findings
                        .at(&RULE, route, at("name"), format!("its parent `{id}` does not exist"))
                        .hint("Correct `parentRefs`, or declare the parent.");
                }
                Some(gateway) if gateway.is(kind::GATEWAY) && listeners(gateway, parent).next().is_none() => {
                    let (field, what) = match (parent.text("sectionName"), parent.integer("port")) {
                        ("", Some(port)) => (at("port"), format!("for the port {port}")),
                        ("", None) => continue,
                        (section, Some(port)) => (at("sectionName"), format!("`{section}` for the port {port}")),
                        (section, None) => (at("sectionName"), format!("`{section}`")),
                    };
                    findings
                        .at(&RULE, route, field, format!("`{id}` has no listener {what}"))
                        .hint("Write the name of a listener, or leave it out for all of them.")
                        .see(gateway.location(), "the Gateway is here");
                }
                None | Some(_) => {}
            }
        }
    }
}

/// The kind of a parent, if it is one that manifests declare.
fn parent_kind(id: &ObjectId) -> Option<KindName> {
    let kinds = [kind::GATEWAY, kind::SERVICE, kind::LINKERD_EGRESS_NETWORK];
    kinds.into_iter().find(|kind| kind.kind() == id.kind && kind.group() == id.group)
}
