//! Two routes of one Gateway match exactly the same requests.
//!
//! ## Why it matters
//!
//! Only one gets them: the older, and of the same age the first by namespace and name. On a new cluster, where both are created
//! at once, it may be the other than before.
//!
//! ## What to do
//!
//! Make one rule of the two, with weights if both are to have a part, or let their matches differ.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::references::target;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0108"),
    name: "ConflictingRoutes",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("conflicting_routes.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for kind in [kind::HTTP_ROUTE, kind::GRPC_ROUTE] {
        let mut seen: BTreeMap<Requests, (Resource<'_>, Field<'_>)> = BTreeMap::new();
        let mut told: BTreeSet<(&ObjectId, &ObjectId)> = BTreeSet::new();
        for route in world.of(kind) {
            for (requests, field) in requests(route) {
                let (first, place) = *seen.entry(requests).or_insert((route, field));
                if first != route && told.insert((first.id(), route.id())) {
                    findings
                        .at(&RULE, route, field, format!("`{}` matches exactly the same requests", first.id()))
                        .hint("Make one rule of the two, or let their matches differ.")
                        .see(place.location(), "the other rule is here");
                }
            }
        }
    }
}

/// Parent, host and the conditions of one match, all that decides which requests are meant.
type Requests = (ObjectId, String, String, String, String);

/// All that a route matches, each with the match or the rule.
fn requests(route: Resource<'_>) -> Vec<(Requests, Field<'_>)> {
    let mut hosts: Vec<&str> = route.list(&["spec", "hostnames"]).filter_map(Field::as_str).collect();
    if hosts.is_empty() {
        hosts.push("");
    }
    let mut matches: Vec<(String, Field<'_>)> = Vec::new();
    for rule in route.list(&["spec", "rules"]) {
        let written = rule.list("matches");
        if written.len() == 0 {
            matches.push((conditions(None), rule));
        }
        matches.extend(written.map(|found| (conditions(Some(found)), found)));
    }
    let mut all = Vec::new();
    for parent in route.list(&["spec", "parentRefs"]) {
        let id = target(route, parent, kind::GATEWAY);
        let port = parent.integer("port").map(|port| port.to_string()).unwrap_or_default();
        for host in &hosts {
            for (conditions, field) in &matches {
                let section = parent.text("sectionName").to_owned();
                all.push(((id.clone(), section, port.clone(), (*host).to_owned(), conditions.clone()), *field));
            }
        }
    }
    all
}

/// The conditions of a match as one text, defaults filled in.
fn conditions(found: Option<Field<'_>>) -> String {
    let path = found.and_then(|found| found.get("path"));
    let text = |field: Option<Field<'_>>, name: &str, default: &str| {
        field.and_then(|field| field.get(name)).and_then(Field::as_str).unwrap_or(default).to_owned()
    };
    let mut parts = vec![text(path, "type", "PathPrefix"), text(path, "value", "/")];
    let method = found.and_then(|found| found.get("method"));
    parts.push(method.map(|method| method.value().to_string()).unwrap_or_default());
    for name in ["headers", "queryParams"] {
        let items = found.into_iter().flat_map(|found| found.list(name));
        let mut items: Vec<String> = items
            .map(|item| format!("{} {} {}", text(Some(item), "type", "Exact"), item.text("name"), item.text("value")))
            .collect();
        items.sort();
        parts.push(items.join("\n"));
    }
    parts.join("\n\n")
}
