//! One HTTP route of a VirtualService.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{durations, headers};
use super::destination::{self, Author};
use super::{http_actions, http_fault, http_match, number, objects, retries, says};

/// Whose route it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A virtual service with hosts.
    Hosts,
    /// A delegate.
    Delegate,
}

pub(super) fn check<'w>(route: Field<'w>, owner: Owner, author: Author, problems: &mut Problems<'w>) {
    conflicts(route, owner, problems);
    for matched in objects(route, "match") {
        http_match::check(matched, problems);
    }
    if let Some(headers) = route.get("headers") {
        headers::operations(headers, problems);
    }
    if let Some(cors) = route.get("corsPolicy") {
        http_actions::cors(cors, problems);
    }
    if let Some(fault) = route.get("fault") {
        http_fault::check(fault, problems);
    }
    mirrors(route, problems);
    if let Some(redirect) = route.get("redirect") {
        http_actions::redirect(redirect, route, problems);
    }
    if let Some(response) = route.get("directResponse") {
        http_actions::direct_response(response, problems);
    }
    if let Some(retries) = route.get("retries") {
        retries::check(retries, problems);
    }
    if let Some(rewrite) = route.get("rewrite") {
        http_actions::rewrite(rewrite, problems);
    }
    one_authority(route, problems);
    destination::check_weighted(route, author, problems);
    durations::check(route, "timeout", problems);
}

/// What a route does: one of several things, which exclude one another.
fn conflicts<'w>(route: Field<'w>, owner: Owner, problems: &mut Problems<'w>) {
    let has = |name: &str| route.get(name).is_some() && (name != "route" || says(route, name));
    if let Some(delegate) = route.get("delegate") {
        if owner == Owner::Hosts {
            for name in ["redirect", "route"].into_iter().filter(|name| has(name)) {
                problems
                    .error(route.get(name).unwrap_or(route), format!("a route that delegates cannot have `{name}`"));
            }
            return;
        }
        problems.error(delegate, "a delegate cannot delegate");
    }
    let ends = ["redirect", "directResponse"].into_iter().find(|name| has(name));
    match ends {
        Some(end) => {
            let excluded = ["route", "fault", "rewrite", "directResponse"].into_iter();
            for name in excluded.filter(|name| *name != end && has(name)) {
                problems.error(route.get(name).unwrap_or(route), format!("a route with `{end}` cannot have `{name}`"));
            }
        }
        None if !has("route") => {
            problems.error(route, "the route does nothing: it needs `route`, `redirect` or `directResponse`");
        }
        None => {}
    }
    if let (Some(mirrors), true) = (route.get("mirrors").filter(|_| says(route, "mirrors")), has("mirror")) {
        problems.error(mirrors, "a route can have `mirror` or `mirrors`, not both");
    }
}

fn mirrors<'w>(route: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["mirrorPercent", "mirror_percent"] {
        let Some(field) = route.get(name) else { continue };
        if let Some(percent) = number(route, name).filter(|percent| *percent > 100.0) {
            problems.error(field, format!("`{name}` is {percent}, and must be at most 100"));
        }
        problems.warning(field, format!("`{name}` is deprecated; write `mirrorPercentage`"));
    }
    percentage(route, "mirrorPercentage", problems);
    if let Some(mirror) = route.get("mirror") {
        destination::check(mirror, problems);
    }
    for mirror in objects(route, "mirrors") {
        match mirror.get("destination") {
            None => problems.error(mirror, "the mirror has no destination"),
            Some(destination) => {
                destination::check(destination, problems);
                percentage(mirror, "percentage", problems);
            }
        }
    }
}

fn percentage<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let Some(percentage) = around.get(name) else { return };
    if let Some(value) = number(percentage, "value").filter(|value| !(0.0..=100.0).contains(value)) {
        problems.error(
            percentage.get("value").unwrap_or(percentage),
            format!("`{name}` is {value}, and must be from 0 to 100"),
        );
    }
}

/// The host of a request is written in one place only: `rewrite.authority`, or a header that is set or added.
fn one_authority<'w>(route: Field<'w>, problems: &mut Problems<'w>) {
    let rewritten =
        route.at(&["rewrite", "authority"]).filter(|field| field.as_str().is_some_and(|text| !text.is_empty()));
    let request = route.at(&["headers", "request"]);
    let written = request.into_iter().flat_map(|request| request.map("set").chain(request.map("add")));
    let written = written.filter(|(name, _)| headers::is_authority(name)).map(|(_, field)| field);
    if let Some(second) = rewritten.into_iter().chain(written).nth(1) {
        problems.error(second, "the host of the request is rewritten in two places");
    }
}
