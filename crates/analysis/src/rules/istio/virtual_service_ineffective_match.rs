//! A match of a VirtualService's route is never used, because an earlier match takes every request that it is for.
//!
//! Two matches are the same whatever their names are. A match by a shorter prefix of the path takes the requests of a
//! longer one, if it asks for nothing more: the same port, and method, authority, headers and parameters that are equal.
//!
//! ## Why it matters
//!
//! Routes and their matches are tried in the order in which they are written. Requests that the later one is for are
//! answered by the earlier route, and nothing says so.
//!
//! ## What to do
//!
//! Put the longer prefix first, or remove the match that is never used.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{Reach, Subject, unused_routes};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0131"),
    name: "VirtualServiceIneffectiveMatch",
    severity: Severity::Info,
    analyzer: Some("schema.ValidationAnalyzer.VirtualService"),
    source: include_str!("virtual_service_ineffective_match.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for reach in unused_routes(Subject::from(resource)) {
        if let Reach::Match { matched, route, name, earlier, earlier_route } = reach {
            findings
                .at(&RULE, resource, matched, format!("the match {name} of the route {route} is never used: a match of the route {earlier_route} takes its requests"))
                .hint("Put the more special match first, or remove the one that is never used.")
                .see(earlier.location(), "this match takes its requests");
        }
    }
}
