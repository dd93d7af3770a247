//! A namespace has no label that says whether its pods belong to the mesh.
//!
//! ## Why it matters
//!
//! Pods of the namespace get no sidecar: their traffic is not encrypted, no policy holds for it, and nothing measures
//! it. If that is meant, the label says so to the next reader.
//!
//! ## What to do
//!
//! Label the namespace with `istio-injection: enabled`, with `istio.io/rev`, with `istio.io/dataplane-mode: ambient`,
//! or with `istio-injection: disabled`.

use manifest::Severity;
use mesh::World;

use super::namespace_injection::{self, Default};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0102"),
    name: "NamespaceNotInjected",
    severity: Severity::Info,
    analyzer: Some("injection.Analyzer"),
    source: include_str!("namespace_not_injected.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if namespace_injection::default_of(world) == Default::NotInjected {
        for namespace in namespace_injection::undecided(world) {
            let name = namespace.name();
            let message = format!("no label says whether pods of `{name}` belong to the mesh, so they do not");
            let place = namespace.at(&["metadata", "name"]).unwrap_or(namespace.root());
            findings.at(&RULE, namespace, place, message);
        }
    }
}
