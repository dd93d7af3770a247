//! A duration of a Canary is not what is written.
//!
//! ## Why it matters
//!
//! Flagger reads an `interval` that it does not understand as one minute and one below ten seconds as ten, without a word. A
//! webhook whose timeout is no duration fails always.
//!
//! ## What to do
//!
//! Write a number with a unit, such as `30s` or `1m`; an analysis runs at most every ten seconds.

use std::time::Duration;

use kinds::flux::GoDuration;
use manifest::Severity;
use mesh::{Field, Resource};

use crate::{Check, Code, Findings, Rule, promql};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0013"),
    name: "CanaryDuration",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("canary_duration.rs"),
    check: Check::Resource(check),
};

/// The shortest interval of an analysis.
const LEAST: Duration = Duration::from_secs(10);

fn check(canary: Resource<'_>, findings: &mut Findings) {
    if !canary.is(mesh::kind::CANARY) {
        return;
    }
    let Some(analysis) = canary.at(&["spec", "analysis"]).or_else(|| canary.at(&["spec", "canaryAnalysis"])) else {
        return;
    };
    let go = |field: Field<'_>| field.as_str().and_then(|text| text.parse::<GoDuration>().ok());
    let shown = |field: Field<'_>| field.as_str().map_or_else(|| field.value().to_string(), str::to_owned);
    let mut say = |field: Field<'_>, message: String| {
        findings.at(&RULE, canary, field, message).hint("Write a number with a unit, such as `30s`.");
    };
    if let Some(interval) = analysis.get("interval") {
        match go(interval) {
            None => say(interval, format!("`{}` is no duration, and the analysis runs every minute", shown(interval))),
            Some(GoDuration(length)) if length < LEAST => {
                say(interval, format!("the analysis runs every 10s, not every {}", shown(interval)));
            }
            Some(_) => {}
        }
    }
    for interval in analysis.list("metrics").filter_map(|metric| metric.get("interval")) {
        if !interval.as_str().is_some_and(promql::is_duration) {
            say(interval, format!("`{}` is no duration that Prometheus reads", shown(interval)));
        }
    }
    for timeout in analysis.list("webhooks").filter_map(|webhook| webhook.get("timeout")) {
        if go(timeout).is_none() {
            say(timeout, format!("`{}` is no duration, and the webhook fails always", shown(timeout)));
        }
    }
}
