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

use super::mtls::{Reach, unprepared};
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
    for (policy, service) in unprepared(world, Reach::Mesh) {
        let message = format!(
            "servers only take mutual TLS, and nothing has clients of `{}` use it: `enableAutoMtls` is off",
            service.host()
        );
        let config = world.mesh_config_source().and_then(|config| config.location());
        findings
            .at(&RULE, policy.resource, policy.mode, message)
            .hint("Remove `enableAutoMtls: false`, or declare a DestinationRule for `*.local`.")
            .see(config, "the mesh configuration is here");
    }
}
