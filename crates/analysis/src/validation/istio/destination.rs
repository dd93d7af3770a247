//! Destinations of routes and their weights.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{headers, hosts, ports};
use super::objects;

/// Whether destinations were written by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Yes.
    People,
    /// Istio made the object of one of the Gateway API, with names that people cannot write.
    GatewayApi,
}

/// A host, a subset and a port.
pub(super) fn check<'w>(destination: Field<'w>, problems: &mut Problems<'w>) {
    let host = destination.text("host");
    let field = destination.get("host").unwrap_or(destination);
    if host == "*" {
        problems.error(field, "the destination `*` is every host, and so none");
    } else {
        problems.judge(field, hosts::wildcard_name(host));
    }
    if let Some(subset) = destination.get("subset").filter(|_| !destination.text("subset").is_empty()) {
        problems.judge(subset, hosts::label("subset", destination.text("subset")));
    }
    if let Some(port) = destination.get("port") {
        ports::check_required(port, "number", problems);
    }
}

/// The destinations of a route: each one good, no weight negative, and not all of several zero.
pub(super) fn check_weighted<'w>(route: Field<'w>, author: Author, problems: &mut Problems<'w>) {
    let mut total = 0_i64;
    for weighted in objects(route, "route") {
        if let Some(headers) = weighted.get("headers") {
            headers::operations(headers, problems);
        }
        match weighted.get("destination") {
            None => problems.error(weighted, "a destination is missing"),
            Some(destination) if author == Author::People => check(destination, problems),
            Some(_) => {}
        }
        let weight = weighted.integer("weight").unwrap_or_default();
        if weight < 0 {
            problems.error(weighted.get("weight").unwrap_or(weighted), format!("the weight {weight} is negative"));
        }
        total = total.saturating_add(weight);
    }
    if let Some(routes) = route.get("route")
        && objects(route, "route").count() > 1
        && total == 0
    {
        problems.error(routes, "the weights of the destinations add up to 0, so no request has one");
    }
}
