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
use mesh::{KindName, World, kind};

use crate::missing::{is_missing, would_be_declared};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0106"),
    name: "AuthorizationTargetMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("authorization_target_missing.rs"),
    check: Check::World(check),
};

/// What a policy can be for, besides its namespace.
const TARGETS: [KindName; 4] = [kind::LINKERD_SERVER, kind::LINKERD_HTTP_ROUTE, kind::HTTP_ROUTE, kind::GRPC_ROUTE];

fn check(world: &World, findings: &mut Findings) {
    for policy in world.of(kind::LINKERD_AUTHORIZATION_POLICY) {
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
        let wanted = TARGETS.into_iter().find(|kind| kind.kind() == id.kind && kind.group() == id.group);
        if wanted.is_some_and(|kind| is_missing(world, &id, kind)) {
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
    for authorization in world.of(kind::LINKERD_SERVER_AUTHORIZATION) {
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
        let namespace = authorization.namespace();
        let known = world.coverage().whole(namespace) && would_be_declared(world, namespace, kind::LINKERD_SERVER);
        if !there && known {
            findings
                .at(&RULE, authorization, place, "there is no such Server in its namespace")
                .hint("Correct `server`, or declare the Server.");
        }
    }
}
