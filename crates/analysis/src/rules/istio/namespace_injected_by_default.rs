//! A namespace has no label for injection, and Istio is installed so that it injects there nevertheless.
//!
//! ## Why it matters
//!
//! Pods get a sidecar although nothing at the namespace says so, because of
//! `sidecarInjectorWebhook.enableNamespacesByDefault`.
//!
//! ## What to do
//!
//! Label the namespace with what is meant.

use manifest::Severity;
use mesh::World;

use super::namespace_injection::{self, Default};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0148"),
    name: "NamespaceInjectionEnabledByDefault",
    severity: Severity::Info,
    analyzer: Some("injection.Analyzer"),
    source: include_str!("namespace_injected_by_default.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if namespace_injection::default_of(world) == Default::Injected {
        for namespace in namespace_injection::undecided(world) {
            let message = format!("pods of `{}` get a sidecar, because Istio injects by default", namespace.name());
            let place = namespace.at(&["metadata", "name"]).unwrap_or(namespace.root());
            findings.at(&RULE, namespace, place, message);
        }
    }
}
