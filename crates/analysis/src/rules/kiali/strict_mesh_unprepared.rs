//! The mesh insists on mutual TLS, and nothing tells clients to use it.
//!
//! ## Why it matters
//!
//! With `enableAutoMtls: false` clients speak plain text unless a DestinationRule says otherwise. Servers that are `STRICT` close
//! such connections: every request fails with 503.
//!
//! ## What to do
//!
//! Remove `enableAutoMtls: false` from the mesh configuration: clients then use mutual TLS wherever the server takes it. Otherwise
//! declare a DestinationRule for `*.local` in the root namespace with `tls.mode: ISTIO_MUTUAL`.

use manifest::Severity;
use mesh::World;

use super::mtls::{Reach, tell_unprepared};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0401"),
    name: "StrictMeshUnprepared",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("strict_mesh_unprepared.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let hint = "Remove `enableAutoMtls: false`, or declare a DestinationRule for `*.local`.";
    tell_unprepared(&RULE, world, Reach::Mesh, hint, findings);
}
