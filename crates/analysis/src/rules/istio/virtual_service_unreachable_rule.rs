//! A route of a VirtualService is never used, because routes before it take every request that it is for.
//!
//! ## Why it matters
//!
//! Routes are tried in the order in which they are written, and the first that matches is used. What the later one was
//! written for (a canary, a redirect, a fault) never happens, and nothing says so.
//!
//! ## What to do
//!
//! Put the more special route first, give the earlier one a match, or remove the one that is never used.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{Reach, Subject, unused_routes};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0130"),
    name: "VirtualServiceUnreachableRule",
    severity: Severity::Warning,
    analyzer: Some("schema.ValidationAnalyzer.VirtualService"),
    source: include_str!("virtual_service_unreachable_rule.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for reach in unused_routes(Subject::from(resource)) {
        if let Reach::Route { route, name, why, earlier } = reach {
            findings
                .at(&RULE, resource, route, format!("the route {name} is never used: {why}"))
                .hint("Put the more special route first, or remove the one that is never used.")
                .see(earlier.and_then(mesh::Field::location), "this route takes its requests");
        }
    }
}
