//! Several Sidecars of one namespace have no selector.
//!
//! ## Why it matters
//!
//! Only one of them is the default of the namespace, and which one is not defined.
//!
//! ## What to do
//!
//! Keep one, and give the others a selector.

use manifest::Severity;
use mesh::{World, kind};

use super::selection::listing;
use super::workload_selectors;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0111"),
    name: "MultipleSidecarsWithoutWorkloadSelectors",
    severity: Severity::Error,
    analyzer: Some("sidecar.SelectorAnalyzer"),
    source: include_str!("multiple_sidecar_defaults.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for rivals in workload_selectors::defaults(world, kind::SIDECAR) {
        for rival in rivals.iter().filter(|_| rivals.len() > 1) {
            let others = listing(rivals.iter().filter(|other| *other != rival).map(|other| other.name()));
            let message = format!("the namespace has another default: {others}");
            findings.about(&RULE, *rival, message);
        }
    }
}
