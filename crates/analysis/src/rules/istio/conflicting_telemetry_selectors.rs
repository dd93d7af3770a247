//! Several Telemetries select the same workload.
//!
//! ## Why it matters
//!
//! Only one of them counts, and which one is not defined.
//!
//! ## What to do
//!
//! Let the selectors exclude each other, or make one object of them.

use manifest::Severity;
use mesh::{World, kind};

use super::selection::{listing, workload_name};
use super::workload_selectors;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0159"),
    name: "ConflictingTelemetryWorkloadSelectors",
    severity: Severity::Error,
    analyzer: Some("telemetry.SelectorAnalyzer"),
    source: include_str!("conflicting_telemetry_selectors.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for (workload, rivals) in workload_selectors::shared(world, kind::TELEMETRY) {
        for rival in &rivals {
            let others = listing(rivals.iter().filter(|other| *other != rival).map(|other| other.name()));
            let message = format!("{} is selected by {others} too", workload_name(workload));
            let place = workload_selectors::labels(*rival).unwrap_or(rival.root());
            findings.at(&RULE, *rival, place, message);
        }
    }
}
