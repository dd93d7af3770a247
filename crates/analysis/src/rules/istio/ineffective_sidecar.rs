//! A Sidecar is about workloads of the ambient mesh, which have no sidecar.
//!
//! ## Why it matters
//!
//! It has no effect: what it was to restrict stays open.
//!
//! ## What to do
//!
//! Remove it, or use a waypoint and its policies for what it was to do.

use manifest::Severity;
use mesh::{World, kind};

use super::{selection, workload_selectors};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0167"),
    name: "IneffectivePolicy",
    severity: Severity::Warning,
    analyzer: Some("sidecar.SelectorAnalyzer"),
    source: include_str!("ineffective_sidecar.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for sidecar in world.within(kind::SIDECAR, namespace) {
        match workload_selectors::labels(sidecar) {
            Some(labels) => {
                let mut selected = world.selected_workloads(Some(sidecar.namespace()), labels).into_iter();
                if selected.any(|workload| selection::is_ambient(world, workload)) {
                    findings.at(
                        &RULE,
                        sidecar,
                        labels,
                        "the selected workload is in the ambient mesh and has no sidecar",
                    );
                }
            }
            None if workload_selectors::is_ambient(world, sidecar.namespace()) => {
                let message =
                    format!("the namespace `{}` is in the ambient mesh and has no sidecars", sidecar.namespace());
                findings.about(&RULE, sidecar, message);
            }
            None => {}
        }
    }
}
