//! Whether an object is well formed and means something: what the CRDs and webhooks of Istio, the Gateway API and Linkerd
//! refuse or warn of, found before anything is applied.
//!
//! An object is judged in layers. Its [`Layer::Shape`] must be one that can be read at all; the [`Layer::Limits`] of its
//! schema must hold; and it must have a [`Layer::Meaning`]. [`validate`] puts them together: an object of the wrong
//! shape is not asked for its meaning, and no value is reported twice.

mod cidr;
mod durations;
mod gateway_api;
mod headers;
mod hosts;
mod istio;
mod istio_operator;
mod kubernetes;
mod linkerd;
mod mesh_config;
mod ports;
mod problem;
mod schema;
mod selectors;
mod string_match;
mod subject;
mod urls;

pub use istio::{Reach, unused_routes};
pub use mesh_config::{mesh_config, mesh_networks, proxy_config};
pub use problem::{Layer, Problem};
pub use subject::Subject;

use manifest::{Severity, Value};
use mesh::Resource;
use problem::Problems;

use crate::{Findings, Rule};

/// Everything that is wrong with an object or looks like a mistake, most of it at the very value that is meant.
pub fn validate(subject: Subject<'_>) -> Vec<Problem<'_>> {
    let mut found = structure(subject);
    if found.iter().any(|problem| problem.layer == Layer::Shape) {
        return found;
    }
    let said: Vec<_> = found.iter().map(|problem| problem.field).collect();
    found.extend(meaning(subject).into_iter().filter(|problem| !said.contains(&problem.field)));
    found
}

/// Reports the errors among what [`validate`] finds under a rule: what an API server or a webhook refuses.
pub(crate) fn report_errors(rule: &Rule, resource: Resource<'_>, subject: Subject<'_>, findings: &mut Findings) {
    for problem in validate(subject) {
        if problem.severity == Severity::Error {
            findings.at(rule, resource, problem.field, problem.message);
        }
    }
}

/// The warnings among what [`validate`] finds. Most objects give none, so the schema is asked only where it may matter.
pub fn warnings(subject: Subject<'_>) -> Vec<Problem<'_>> {
    let warned = |problem: &Problem<'_>| problem.severity == Severity::Warning;
    let found = meaning(subject);
    if !found.iter().any(warned) && !has_null(subject.root.value()) {
        return Vec::new();
    }
    validate(subject).into_iter().filter(warned).collect()
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// What contradicts the schema of the object's kind; nothing for a kind without one.
pub fn structure(subject: Subject<'_>) -> Vec<Problem<'_>> {
    let mut problems = Problems::new();
    schema::check(subject, &mut problems);
    problems.into_vec()
}

/// What the object says that cannot be meant, as Istio's and Linkerd's webhooks, `istioctl validate` and the rules in CEL
/// of the Gateway API judge it.
pub fn meaning(subject: Subject<'_>) -> Vec<Problem<'_>> {
    let mut problems = Problems::new();
    istio::check(subject, &mut problems);
    istio_operator::check(subject, &mut problems);
    gateway_api::check(subject, &mut problems);
    linkerd::check(subject, &mut problems);
    kubernetes::check(subject, &mut problems);
    problems.into_vec()
}
