//! A route of the Gateway API matches by a regular expression that its proxies cannot read.
//!
//! The specification leaves the dialect to the implementation. Envoy, which Istio and most others use, and Linkerd read
//! RE2: without references back and without looking ahead.
//!
//! ## Why it matters
//!
//! The API server accepts any text. The implementation then rejects the route, or the proxy the whole configuration, and
//! the requests go nowhere.
//!
//! ## What to do
//!
//! Write the expression in RE2's syntax, or match by `Exact` and `PathPrefix`.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{self, Layer, Subject};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0002"),
    name: "UnreadableExpression",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("unreadable_expression.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let subject = Subject::from(resource);
    if subject.group() != "gateway.networking.k8s.io" {
        return;
    }
    for problem in validation::warnings(subject) {
        if problem.layer == Layer::Meaning {
            findings.at(&RULE, resource, problem.field, problem.message);
        }
    }
}
