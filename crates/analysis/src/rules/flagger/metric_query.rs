//! The query of a MetricTemplate is no template, or not PromQL.
//!
//! ## Why it matters
//!
//! Flagger finds out in the middle of a release: the query fails, which counts as a failed check, and after `threshold` of them
//! a good version is rolled back.
//!
//! ## What to do
//!
//! Correct the query. Templates may call `name`, `namespace`, `target`, `service`, `ingress`, `route`, `interval` and
//! `variables`, without a dot. The result must be an expression that yields numbers for one moment.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::query_template::{Part, Reading, read};
use crate::promql;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0005"),
    name: "MetricQuery",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("metric_query.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for template in world.of(kind::METRIC_TEMPLATE) {
        let Some(query) = template.at(&["spec", "query"]) else { continue };
        let provider = template.at(&["spec", "provider", "type"]).and_then(Field::as_str).unwrap_or("prometheus");
        if let Some(message) = problem(query.as_str().unwrap_or_default(), provider) {
            findings.at(&RULE, template, query, message).hint("Correct the query.");
        }
    }
    for canary in super::canary::Canary::all(world) {
        for query in canary.metrics().filter_map(|metric| metric.get("query")) {
            if let Some(message) = problem(query.as_str().unwrap_or_default(), "prometheus") {
                findings.at(&RULE, canary.resource, query, message).hint("Correct the query.");
            }
        }
    }
}

/// What is wrong with a query whoever uses it.
fn problem(query: &str, provider: &str) -> Option<String> {
    let parts = match read(query) {
        Reading::Parts(parts) => parts,
        Reading::Beyond => return None,
        Reading::Broken(problem) => return Some(format!("the query is no template: {problem}")),
    };
    // What a variable holds is for each Canary to say.
    let varies = parts.iter().any(|part| matches!(part, Part::Variable(_)));
    if provider != "prometheus" || varies {
        return None;
    }
    let rendered: String = parts
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text,
            Part::Call("interval") => "1m",
            Part::Call(name) | Part::Variable(name) => name,
        })
        .collect();
    promql_problem(&rendered)
}

/// What is wrong with a rendered query.
pub(super) fn promql_problem(query: &str) -> Option<String> {
    match promql::check(query) {
        Ok(promql::Kind::Scalar | promql::Kind::Vector) => None,
        Ok(promql::Kind::Range) => Some("the query yields many samples for every series, not one number".to_owned()),
        Ok(promql::Kind::Text) => Some("the query yields a text, not a number".to_owned()),
        Err(problem) => Some(format!("the query is not PromQL: {problem}")),
    }
}
