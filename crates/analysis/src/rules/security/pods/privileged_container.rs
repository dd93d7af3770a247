//! A container is privileged.
//!
//! ## Why it matters
//!
//! It may do whatever root on the node may do: whoever breaks into it has the node, and with it the secrets of everything that
//! runs there. The baseline profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Remove `privileged`, and add the single capability that is needed, if any.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0202"),
    name: "PrivilegedContainer",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("privileged_container.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for field in pods.contexts(&["privileged"]).filter(|field| field.value().as_bool() == Some(true)) {
        findings.at(&RULE, resource, field, "the container is privileged").hint("Remove `privileged`.");
    }
}
