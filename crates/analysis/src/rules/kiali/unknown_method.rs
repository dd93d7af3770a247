//! An AuthorizationPolicy names a method that HTTP does not have.
//!
//! ## Why it matters
//!
//! No request has it. A rule that denies then denies nothing, and one that allows lets nobody in.
//!
//! ## What to do
//!
//! Write a method of HTTP in capitals, such as `GET`. gRPC always uses `POST`; its methods are paths.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0102"),
    name: "UnknownMethod",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("unknown_method.rs"),
    check: Check::Resource(check),
};

/// The methods of HTTP that are in use.
const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

fn check(policy: Resource<'_>, findings: &mut Findings) {
    if !policy.is(kind::ISTIO_AUTHORIZATION_POLICY) {
        return;
    }
    let operations =
        policy.list(&["spec", "rules"]).flat_map(|rule| rule.list("to")).filter_map(|to| to.get("operation"));
    for operation in operations {
        for method in operation.list("methods").chain(operation.list("notMethods")) {
            let text = method.as_str().unwrap_or_default();
            if !is_possible(text) {
                findings
                    .at(&RULE, policy, method, format!("HTTP has no method `{text}`"))
                    .hint(format!("Write one of {}.", METHODS.join(", ")));
            }
        }
    }
}

/// Whether some method is meant: by its name, by its beginning (`GE*`) or by its end.
fn is_possible(text: &str) -> bool {
    match (text.strip_suffix('*'), text.strip_prefix('*')) {
        (Some(start), _) => METHODS.iter().any(|method| method.starts_with(start)),
        (None, Some(end)) => METHODS.iter().any(|method| method.ends_with(end)),
        (None, None) => METHODS.contains(&text),
    }
}
