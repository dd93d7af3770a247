//! A Canary checks nothing while it releases.
//!
//! ## Why it matters
//!
//! Without a metric and without a webhook that can stop it, every version is promoted as soon as its pods are ready: the steps
//! only make a bad release slower.
//!
//! ## What to do
//!
//! Add metrics, at least `request-success-rate` and `request-duration`, or a webhook that tests the new version.

use manifest::Severity;
use mesh::World;

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0015"),
    name: "NothingAnalysed",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("nothing_analysed.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let skips = canary.spec("skipAnalysis").is_some_and(|skip| skip.value().as_bool() == Some(true));
        let Some(analysis) = canary.analysis.filter(|_| !skips) else { continue };
        let stops = canary.webhooks().any(|webhook| !matches!(webhook.text("type"), "event" | "post-rollout"));
        if !stops && canary.metrics().next().is_none() {
            findings
                .at(&RULE, canary.resource, analysis, "neither a metric nor a webhook can stop a bad version")
                .hint("Add `metrics`, such as `request-success-rate`.");
        }
    }
}
