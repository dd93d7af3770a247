//! A rate limit that Linkerd does not enforce.
//!
//! A HTTPLocalRateLimitPolicy limits the requests to one Server. It has no effect if that Server does not exist, if another
//! policy limits it already, or if its `proxyProtocol` is one whose requests are not counted: `gRPC`, `opaque`, `TLS`.
//!
//! ## Why it matters
//!
//! The port that was to be protected takes whatever comes. Of two policies for one Server the older counts, which in Git nobody
//! sees; a condition in the status of the other says so, and nothing else does.
//!
//! ## What to do
//!
//! Correct `targetRef`, make one policy of the two, or set the `proxyProtocol` of the Server to `HTTP/1`, `HTTP/2` or `unknown`.

use std::collections::BTreeMap;

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0117"),
    name: "RateLimitIgnored",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("rate_limit_ignored.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut first_for: BTreeMap<(&str, &str), Resource<'_>> = BTreeMap::new();
    for policy in world.of(kind::LINKERD_RATE_LIMIT) {
        let target = policy.at(&["spec", "targetRef"]).filter(|target| target.text("kind") == "Server");
        let Some(name) = target.and_then(|target| target.get("name")) else { continue };
        let server_name = name.as_str().unwrap_or_default();
        let Some(server) = world.find(kind::LINKERD_SERVER, policy.namespace(), server_name) else {
            let id = ObjectId {
                group: kind::LINKERD_SERVER.group().to_owned(),
                kind: kind::LINKERD_SERVER.kind().to_owned(),
                namespace: policy.namespace().to_owned(),
                name: server_name.to_owned(),
            };
            if is_missing(world, &id, kind::LINKERD_SERVER) {
                findings
                    .at(&RULE, policy, name, format!("`{id}`, which it limits, does not exist"))
                    .hint("Correct `targetRef`, or declare the Server.");
            }
            continue;
        };
        let first = *first_for.entry((policy.namespace(), server_name)).or_insert(policy);
        if first != policy {
            findings
                .at(&RULE, policy, name, format!("`{}` limits this Server too, and only the older counts", first.id()))
                .hint("Make one policy of the two.")
                .see(first.location(), "the other policy is here");
        }
        if let Some(protocol) = uncounted(server) {
            let shown = protocol.as_str().unwrap_or_default();
            findings
                .at(&RULE, policy, name, format!("requests to this Server are not counted, because they are `{shown}`"))
                .hint("Write `HTTP/1`, `HTTP/2` or `unknown` into the Server.")
                .see(protocol.location(), "the protocol of the Server is here");
        }
    }
}

/// The protocol of a Server, if it is one whose requests are not counted.
fn uncounted(server: Resource<'_>) -> Option<Field<'_>> {
    let protocol = server.at(&["spec", "proxyProtocol"])?;
    matches!(protocol.as_str(), Some("gRPC" | "opaque" | "TLS")).then_some(protocol)
}
