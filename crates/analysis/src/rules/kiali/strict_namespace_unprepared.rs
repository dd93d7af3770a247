//! A namespace insists on mutual TLS, and nothing tells clients to use it.
//!
//! ## Why it matters
//!
//! With `enableAutoMtls: false` clients speak plain text unless a DestinationRule says otherwise. Servers that are `STRICT` close
//! such connections: every request to the namespace fails with 503.
//!
//! ## What to do
//!
//! Remove `enableAutoMtls: false` from the mesh configuration: clients then use mutual TLS wherever the server takes it. Otherwise
//! declare a DestinationRule for the hosts of the namespace (`*.shop.svc.cluster.local`) with `tls.mode: ISTIO_MUTUAL`.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, tell_unprepared};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0501"),
    name: "StrictNamespaceUnprepared",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("strict_namespace_unprepared.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let hint = "Remove `enableAutoMtls: false`, or declare a DestinationRule for the namespace.";
    tell_unprepared(&RULE, world, Reach::Namespace, hint, findings);
}
