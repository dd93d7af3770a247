//! A metric of a Canary is not one that Flagger can ask for.
//!
//! ## Why it matters
//!
//! Flagger knows `request-success-rate` and `request-duration` itself; every other metric needs a MetricTemplate. If that does
//! not exist, the Canary does not initialize; a metric without one is never asked, so that nothing is checked by it.
//!
//! ## What to do
//!
//! Correct `templateRef`, whose namespace is by default the Canary's own, or use the name of a built-in metric.

use manifest::Severity;
use mesh::{World, kind};

use super::canary::Canary;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0004"),
    name: "MetricTemplateMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("metric_template_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        for metric in canary.metrics() {
            let name = metric.text("name");
            if matches!(name, "request-success-rate" | "request-duration") {
                continue;
            }
            let at = metric.get("name").unwrap_or(metric);
            match metric.get("templateRef") {
                None if metric.text("query").is_empty() => {
                    let message = format!("`{name}` is no metric that Flagger knows, and has no `templateRef`");
                    findings
                        .at(&RULE, canary.resource, at, message)
                        .hint("Add a `templateRef`, or write `request-success-rate` or `request-duration`.");
                }
                None => {}
                Some(reference) => {
                    let id = canary.referred(kind::METRIC_TEMPLATE, reference);
                    if is_missing(world, &id, kind::METRIC_TEMPLATE) {
                        let message = format!("`{id}`, which the metric `{name}` is asked by, does not exist");
                        findings
                            .at(&RULE, canary.resource, reference.get("name").unwrap_or(reference), message)
                            .hint("Correct the name or the namespace of `templateRef`, or declare the template.");
                    }
                }
            }
        }
    }
}
