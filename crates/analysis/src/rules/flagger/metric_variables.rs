//! A Canary does not give what the query of its MetricTemplate needs.
//!
//! ## Why it matters
//!
//! A variable that `templateVariables` lacks makes the query fail, and an `interval` that the metric lacks leaves `[]` in it,
//! which Prometheus refuses: every check of the metric counts as failed, and good versions are rolled back.
//!
//! ## What to do
//!
//! Add the variable to the metric's `templateVariables`, or the `interval` to the metric.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::canary::Canary;
use super::metric_query::promql_problem;
use super::query_template::{Part, Reading, read};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0006"),
    name: "MetricVariables",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("metric_variables.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        for metric in canary.metrics() {
            let Some(reference) = metric.get("templateRef") else { continue };
            let Some(template) = world.by_id(&canary.referred(kind::METRIC_TEMPLATE, reference)) else { continue };
            let query = template.at(&["spec", "query"]);
            let Some(Reading::Parts(parts)) = query.and_then(Field::as_str).map(read) else { continue };
            let mut report = |message: String, hint: String| {
                findings
                    .at(&RULE, canary.resource, metric.get("name").unwrap_or(metric), message)
                    .hint(hint)
                    .see(query.and_then(Field::location), "the query is here");
            };
            let mut complete = true;
            if parts.contains(&Part::Call("interval")) && metric.text("interval").is_empty() {
                complete = false;
                report("the query of the metric needs an `interval`".to_owned(), "Add `interval: 1m`.".to_owned());
            }
            let variables = metric.get("templateVariables");
            let value = |name: &str| variables.and_then(|variables| variables.get(name)).and_then(Field::as_str);
            let mut names: Vec<&str> = parts
                .iter()
                .filter_map(|part| match part {
                    Part::Variable(name) => Some(*name),
                    Part::Text(_) | Part::Call(_) => None,
                })
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in names.iter().filter(|name| value(name).is_none()) {
                complete = false;
                report(
                    format!("the query of the metric needs the variable `{name}`"),
                    format!("Add `{name}` to `templateVariables`."),
                );
            }
            let provider = template.at(&["spec", "provider", "type"]).and_then(Field::as_str).unwrap_or("prometheus");
            if !complete || names.is_empty() || provider != "prometheus" {
                continue;
            }
            let rendered: String = parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text,
                    Part::Call("interval") => metric.text("interval"),
                    Part::Call(name) => name,
                    Part::Variable(name) => value(name).unwrap_or_default(),
                })
                .collect();
            if let Some(problem) = promql_problem(&rendered) {
                report(format!("with its variables {problem}"), "Correct the variables or the query.".to_owned());
            }
        }
    }
}
