//! The mesh configuration holds a value that istiod refuses.
//!
//! Looked at are the ConfigMap `istio` (and those of revisions, `istio-…`) with its `mesh` and `meshNetworks`, and a
//! `MeshConfig` on its own: ports, timeouts, trust domains, addresses, locality, retries, networks.
//!
//! ## Why it matters
//!
//! No webhook looks at the mesh configuration. istiod does when it reads it: it keeps the last good one, and does not start
//! at all after its next restart.
//!
//! ## What to do
//!
//! Mend the value that the finding names.

use manifest::Severity;
use mesh::Resource;

use super::mesh_configuration;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MC0001"),
    name: "InvalidMeshConfig",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("invalid_mesh_config.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    mesh_configuration::report(&RULE, resource, findings);
}
