//! An authorization is for something that does not exist.
//!
//! ## Why it matters
//!
//! It allows nobody anything. If the Server that was meant exists, it has no authorization, and everybody is refused; if it does
//! not, the port follows the default policy.
//!
//! ## What to do
//!
//! Correct `targetRef`, or `server` in a ServerAuthorization, or declare the object.

use manifest::{ObjectId, Severity};
use mesh::selector::matches_selector;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0106"),
    name: "AuthorizationTargetMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("authorization_target_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for policy in world.of(kind::LINKERD_AUTHORIZATION_POLICY).filter(|policy| known.whole(policy.namespace())) {
        let Some(target) = policy.at(&["spec", "targetRef"]) else { continue };
        let (group, kind_) = (target.text("group"), target.text("kind"));
        // A policy for a namespace is for its own, which is there.
        if kind_ == "Namespace" {
            continue;
        }
        let id = ObjectId {
            group: group.to_owned(),
            kind: kind_.to_owned(),
            namespace: policy.namespace().to_owned(),
            name: target.text("name").to_owned(),
        };
        if world.by_id(&id).is_none() {
            findings
                .at(
                    &RULE,
                    policy,
                    target.get("name").unwrap_or(target),
                    format!("`{id}`, which it authorizes, does not exist"),
                )
                .hint("Correct `targetRef`, or declare the object.");
        }
    }
    for authorization in world.of(kind::LINKERD_SERVER_AUTHORIZATION).filter(|found| known.whole(found.namespace())) {
        let Some(server) = authorization.at(&["spec", "server"]) else { continue };
        let place = server.get("name").or_else(|| server.get("selector")).unwrap_or(server);
        let there = match (server.get("name"), server.get("selector")) {
            (Some(name), _) => {
                let name = name.as_str().unwrap_or_default();
                world.find(kind::LINKERD_SERVER, authorization.namespace(), name).is_some()
            }
            (None, Some(selector)) => world
                .within(kind::LINKERD_SERVER, authorization.namespace())
                .any(|server| matches_selector(selector, |name| server.label(name))),
            (None, None) => continue,
        };
        if !there {
            findings
                .at(&RULE, authorization, place, "there is no such Server in its namespace")
                .hint("Correct `server`, or declare the Server.");
        }
    }
}
