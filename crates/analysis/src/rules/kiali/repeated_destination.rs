//! A route names the same destination twice.
//!
//! ## Why it matters
//!
//! Both weights go to one place: usually the second was to be another version, which gets nothing.
//!
//! ## What to do
//!
//! Correct the subset of one of the two, or make one of them with the sum of the weights.

use std::collections::HashSet;

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1105"),
    name: "RepeatedDestination",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("repeated_destination.rs"),
    check: Check::Resource(check),
};

fn check(route: Resource<'_>, findings: &mut Findings) {
    if !route.is(kind::VIRTUAL_SERVICE) {
        return;
    }
    for rule in ["http", "tcp", "tls"].into_iter().flat_map(|protocol| route.list(&["spec", protocol])) {
        let mut seen: HashSet<(&str, &str, Option<i64>)> = HashSet::new();
        for destination in rule.list("route").filter_map(|item| item.get("destination")) {
            let port = destination.get("port").and_then(|port| port.integer("number"));
            let (host, subset) = (destination.text("host"), destination.text("subset"));
            if !seen.insert((host, subset, port)) {
                let named = if subset.is_empty() { format!("`{host}`") } else { format!("`{subset}` of `{host}`") };
                findings
                    .at(&RULE, route, destination, format!("{named} is a destination of this route already"))
                    .hint("Correct the subset, or make one destination of the two.");
            }
        }
    }
}
