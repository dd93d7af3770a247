//! A DestinationRule demands mutual TLS of a host whose namespace disables it.
//!
//! ## Why it matters
//!
//! The clients begin with a TLS handshake, and the server's proxy passes it on to the application as it is: every request
//! fails. Without the DestinationRule clients would speak what the server takes.
//!
//! ## What to do
//!
//! Remove `tls` from the DestinationRule, or write `PERMISSIVE` or `STRICT` into the PeerAuthentication of the namespace. Where a
//! DestinationRule for the whole mesh is right for all others, the services of this namespace need one with the mode `DISABLE`.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, conflicts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0505"),
    name: "MutualClientPlainServer",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("mutual_client_plain_server.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for conflict in conflicts(world, "ISTIO_MUTUAL", "DISABLE", Reach::Namespace) {
        let name = conflict.service.host();
        findings
            .at(
                &RULE,
                conflict.rule,
                conflict.mode,
                format!("clients use mutual TLS for `{name}`, which only takes plain text"),
            )
            .hint("Remove `tls` from the DestinationRule, or the mode from the PeerAuthentication.")
            .see(conflict.policy.mode.location(), "the namespace disables mutual TLS here");
    }
}
