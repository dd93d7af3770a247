//! A DestinationRule demands mutual TLS, and the mesh disables it.
//!
//! ## Why it matters
//!
//! The clients begin with a TLS handshake, and the server's proxy passes it on to the application as it is: every request
//! fails. Without the DestinationRule clients would speak what the server takes.
//!
//! ## What to do
//!
//! Remove the mode `DISABLE` from the PeerAuthentication of the root namespace: without it servers take mutual TLS and plain text.
//! If plain text is meant, remove `tls` from the DestinationRule.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, conflicts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0506"),
    name: "MutualClientPlainMesh",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("mutual_client_plain_mesh.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for conflict in conflicts(world, "ISTIO_MUTUAL", "DISABLE", Reach::Mesh) {
        let name = conflict.service.host();
        findings
            .at(
                &RULE,
                conflict.rule,
                conflict.mode,
                format!("clients use mutual TLS for `{name}`, and the mesh only takes plain text"),
            )
            .hint("Remove the mode from the PeerAuthentication, or `tls` from the DestinationRule.")
            .see(conflict.policy.mode.location(), "the mesh disables mutual TLS here");
    }
}
