//! A Sidecar selects no workload of its namespace.
//!
//! ## Why it matters
//!
//! It has no effect: what it was to restrict or to set stays as it is.
//!
//! ## What to do
//!
//! Correct the selector or the namespace.

use manifest::Severity;
use mesh::{World, kind};

use super::{selection, workload_selectors};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("sidecar.SelectorAnalyzer"),
    source: include_str!("sidecar_selector_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for resource in world.within(kind::SIDECAR, namespace) {
        let Some(labels) = workload_selectors::labels(resource) else { continue };
        let is_known = !known.may_hold_more(resource.namespace());
        if is_known && world.selected_workloads(Some(resource.namespace()), labels).is_empty() {
            let message = format!("no workload of the namespace has the labels `{}`", selection::text(Some(labels)));
            findings.at(&RULE, resource, labels, message);
        }
    }
}
