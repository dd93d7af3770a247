//! The mesh configuration says something that istiod ignores: a field that it does not know, an extension provider that it
//! cannot use, a setting that does nothing where it stands.
//!
//! ## Why it matters
//!
//! Nothing says so. A field whose name is misspelled leaves the mesh with the default; policies and telemetry that name a
//! provider which cannot be used do not authorize, trace or log.
//!
//! ## What to do
//!
//! Write the field as Istio spells it, complete the provider, or remove what does nothing.

use manifest::Severity;
use mesh::Resource;

use super::mesh_configuration;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MC0002"),
    name: "MeshConfigIgnored",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mesh_config_ignored.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    mesh_configuration::report(&RULE, resource, findings);
}
