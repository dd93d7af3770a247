//! A DestinationRule disables mutual TLS for a host, and the mesh insists on it.
//!
//! ## Why it matters
//!
//! The clients speak plain text and the server's proxy closes the connection: every request fails with 503 and an empty answer.
//! With a wildcard such as `*.local` that is so for every service of the mesh.
//!
//! ## What to do
//!
//! Remove `tls` from the DestinationRule, so that Istio chooses mutual TLS itself. If plain text is meant, the namespace of the
//! server needs a PeerAuthentication that is `PERMISSIVE`.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, conflicts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0208"),
    name: "PlainClientStrictMesh",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("plain_client_strict_mesh.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for conflict in conflicts(world, "DISABLE", "STRICT", Reach::Mesh) {
        let name = conflict.service.host();
        findings
            .at(
                &RULE,
                conflict.rule,
                conflict.mode,
                format!("clients speak plain text to `{name}`, and the mesh only takes mutual TLS"),
            )
            .hint("Remove `tls` from the DestinationRule.")
            .see(conflict.policy.mode.location(), "the mesh requires mutual TLS here");
    }
}
