//! A DestinationRule disables mutual TLS for a host whose namespace insists on it.
//!
//! ## Why it matters
//!
//! The clients speak plain text and the server's proxy closes the connection: every request fails with 503 and an empty answer.
//!
//! ## What to do
//!
//! Remove `tls` from the DestinationRule, so that Istio chooses mutual TLS itself. If plain text is meant, the PeerAuthentication
//! has to be `PERMISSIVE`.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, conflicts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0207"),
    name: "PlainClientStrictServer",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("plain_client_strict_server.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for conflict in conflicts(world, "DISABLE", "STRICT", Reach::Namespace) {
        let name = conflict.service.host();
        findings
            .at(
                &RULE,
                conflict.rule,
                conflict.mode,
                format!("clients speak plain text to `{name}`, which only takes mutual TLS"),
            )
            .hint("Remove `tls` from the DestinationRule.")
            .see(conflict.policy.mode.location(), "the namespace requires mutual TLS here");
    }
}
