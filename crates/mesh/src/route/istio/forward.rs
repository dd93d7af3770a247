//! What an HTTP route of Istio does with a request that it matches.

use manifest::Value;

use super::destination_rule::DestinationRules;
use super::http_match::Place;
use super::virtual_service::{HttpMatch, HttpRoute};
use crate::host::full_name;
use crate::reasoning::Reasoning;
use crate::request::{Request, Scheme};
use crate::route::{Destination, Forward, HeaderChange, HeaderChanges, Mirror, Redirect, Response, RouteAction};
use crate::service::Service;
use crate::string_match::{self, StringMatch};
use crate::{Field, World};

/// The action of a route whose match holds.
pub(super) fn action(
    world: &World,
    route: &HttpRoute<'_>,
    matching: Option<HttpMatch<'_>>,
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> RouteAction {
    if let Some(declared) = route.own.get("redirect") {
        return RouteAction::Redirect(redirect(declared, matching, place, request));
    }
    if let Some(declared) = route.setting("directResponse") {
        let body = declared.get("body").map(|body| body.text("string").to_owned());
        return RouteAction::Respond(Response { status: status(declared, "status", 200), body });
    }
    let mut headers = header_changes(route.setting("headers"));
    let mut authority = taken_authority(&mut headers);
    let mut path = request.path.clone();
    if let Some(rewrite) = route.setting("rewrite") {
        if let Some(new) = rewrite.get("authority").and_then(Field::as_str) {
            authority = Some(new.to_owned());
        }
        path = rewritten_path(rewrite, matching, &request.path, why);
    }
    let declared: Vec<Field<'_>> = route.own.list("route").collect();
    let mut destinations = Vec::new();
    for (position, item) in declared.iter().enumerate() {
        let weight = u32::try_from(item.integer("weight").unwrap_or(0)).unwrap_or(0);
        if declared.len() > 1 && weight == 0 {
            why.push(Reasoning::noted(format!("`route[{position}]` has no weight and is left out")).at(*item));
            continue;
        }
        let Some(target) = item.get("destination") else { continue };
        let mut destination = destination(world, target, route, place, why);
        destination.weight = if declared.len() == 1 { 100 } else { weight };
        destination.headers = header_changes(item.get("headers"));
        let own = taken_authority(&mut destination.headers);
        authority = authority.or(own.filter(|_| declared.len() == 1));
        destinations.push(destination);
    }
    if destinations.is_empty() {
        why.push(Reasoning::fails("the route has no destination").at(route.own));
        return RouteAction::Refuse(Response { status: 503, body: None });
    }
    let value = |name: &str| route.setting(name).map(|field| field.value().clone());
    let default_retries = || world.mesh_config().value().get("defaultHttpRetryPolicy").cloned();
    RouteAction::Forward(Box::new(Forward {
        destinations,
        timeout: value("timeout"),
        retries: value("retries").or_else(default_retries),
        fault: value("fault"),
        mirrors: mirrors(world, route, place, why),
        path: Some(path),
        authority,
        headers,
        cors: value("corsPolicy"),
    }))
}

/// One destination: its service, its subset's workloads, and the settings that hold for it.
pub(super) fn destination(
    world: &World,
    target: Field<'_>,
    route: &HttpRoute<'_>,
    place: Place<'_, '_>,
    why: &mut Reasoning,
) -> Destination {
    let host = full_name(target.text("host"), route.owner.namespace(), &world.options().cluster_domain);
    let port = target.get("port").and_then(|port| port.integer("number")).and_then(|port| u16::try_from(port).ok());
    let subset = Some(target.text("subset")).filter(|subset| !subset.is_empty());
    let mut step = Reasoning::noted(format!("destination `{host}`")).at(target);
    let destination = to_host(world, &host, port, subset, place, &mut step);
    why.push(step);
    destination
}

/// A host, a port if one is named, and a subset, as a destination with all that holds for it.
pub(super) fn to_host(
    world: &World,
    host: &str,
    port: Option<u16>,
    subset: Option<&str>,
    place: Place<'_, '_>,
    why: &mut Reasoning,
) -> Destination {
    let mut destination = Destination {
        host: host.to_owned(),
        port,
        subset: subset.map(str::to_owned),
        weight: 100,
        ..Default::default()
    };
    let client = place.client.namespace();
    let mut visible = world.services_for_host(host);
    visible.retain(|service| service.visibility(world).reaches(client));
    visible.sort_by_key(|service| service.namespace() != client);
    let Some(service) = visible.first().copied() else {
        why.push(Reasoning::fails(format!("nothing answers for `{host}`: clients get 503")));
        destination.fails_with = Some(503);
        destination.port = Some(port.unwrap_or(place.port));
        return destination;
    };
    let service = match service.alias_of() {
        None => service,
        Some(target) => {
            destination.host = target.to_owned();
            why.push(Reasoning::noted(format!("`{host}` is another name of `{target}`")).about(service.resource()));
            match world.services_with_host(target).find(|service| service.visibility(world).reaches(client)) {
                Some(service) => service,
                None => {
                    why.push(Reasoning::fails(format!("nothing answers for `{target}`: clients get 503")));
                    destination.fails_with = Some(503);
                    destination.port = Some(port.unwrap_or(place.port));
                    return destination;
                }
            }
        }
    };
    let only = match service.ports().collect::<Vec<_>>().as_slice() {
        [only] => Some(only.number),
        _ => None,
    };
    let number = port.or(only).unwrap_or(place.port);
    destination.port = Some(number);
    if service.port(number).is_none() {
        let step = format!("`{host}` has no port {number}: clients get 503");
        why.push(Reasoning::fails(step).about(service.resource()));
        destination.fails_with = Some(503);
    }
    let rules = DestinationRules::of(world, place.client, service, why);
    let labels = subset.and_then(|name| rules.as_ref()?.subset(name));
    if let (Some(name), None) = (subset, labels) {
        why.push(Reasoning::fails(format!("no DestinationRule has the subset `{name}`: clients get 503")));
        destination.fails_with = Some(503);
    }
    if let Some(rules) = &rules {
        let policy = rules.policy(Some(number), labels);
        let value = |field: Option<Field<'_>>| field.map(|field| field.value().clone());
        destination.load_balancer = value(policy.load_balancer);
        destination.connection_pool = value(policy.connection_pool);
        destination.outlier_detection = value(policy.outlier_detection);
        destination.tls = value(policy.tls);
    }
    destination.workloads = workloads(world, service, labels);
    if destination.workloads.is_empty() && service.selector().is_some() && labels.is_some() {
        why.push(Reasoning::fails("no workload of this world is in the subset"));
    }
    destination
}

/// The workloads of a service, or those with the labels of a subset.
fn workloads(world: &World, service: Service<'_>, subset: Option<Field<'_>>) -> Vec<String> {
    let labels = subset.and_then(|subset| subset.get("labels"));
    let workloads = service.workloads(world).into_iter();
    workloads
        .filter(|workload| labels.is_none_or(|labels| workload.satisfies(labels)))
        .map(|workload| format!("{}/{}", workload.namespace(), workload.name()))
        .collect()
}

fn mirrors(world: &World, route: &HttpRoute<'_>, place: Place<'_, '_>, why: &mut Reasoning) -> Vec<Mirror> {
    let mut found = Vec::new();
    let percentage = |field: Field<'_>| field.value().get("value").and_then(Value::as_f64).unwrap_or(0.0);
    if let Some(target) = route.setting("mirror") {
        let percent = match (route.setting("mirrorPercentage"), route.setting("mirrorPercent")) {
            (Some(field), _) => percentage(field),
            (None, Some(field)) => field.value().as_f64().unwrap_or(0.0),
            (None, None) => 100.0,
        };
        found.push((target, percent));
    }
    let several = route.setting("mirrors").into_iter().flat_map(Field::items);
    found.extend(
        several.filter_map(|mirror| {
            Some((mirror.get("destination")?, mirror.get("percentage").map_or(100.0, percentage)))
        }),
    );
    found.retain(|(_, percent)| *percent > 0.0);
    found
        .into_iter()
        .map(|(target, percent)| Mirror { destination: destination(world, target, route, place, why), percent })
        .collect()
}

/// The path after `rewrite`: what matched is replaced, or what an expression finds.
fn rewritten_path(rewrite: Field<'_>, matching: Option<HttpMatch<'_>>, path: &str, why: &mut Reasoning) -> String {
    if let Some(by_expression) = rewrite.get("uriRegexRewrite") {
        return match string_match::part(by_expression.text("match")) {
            Ok(expression) => {
                let substitution = to_rust(by_expression.text("rewrite"));
                expression.replace_all(path, substitution.as_str()).into_owned()
            }
            Err(problem) => {
                why.push(Reasoning::fails(problem.to_string()).at(by_expression));
                path.to_owned()
            }
        };
    }
    let new = rewrite.text("uri");
    if new.is_empty() {
        return path.to_owned();
    }
    format!("{new}{}", after_match(matching, path))
}

/// What of a path stands behind what the match found: behind a prefix, and nothing behind a whole path.
fn after_match<'p>(matching: Option<HttpMatch<'_>>, path: &'p str) -> &'p str {
    match matching.and_then(|matching| matching.get("uri")).map(StringMatch::of) {
        None => path.strip_prefix('/').unwrap_or(path),
        Some(StringMatch::Prefix(prefix)) => path.get(prefix.len()..).unwrap_or_default(),
        Some(StringMatch::Exact(_) | StringMatch::Regex(_) | StringMatch::Present) => "",
    }
}

/// A substitution of RE2 (`\1`) as this crate's `regex` writes it (`${1}`).
fn to_rust(substitution: &str) -> String {
    let mut text = String::with_capacity(substitution.len());
    let mut characters = substitution.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(digit) if digit.is_ascii_digit() => text.push_str(&format!("${{{digit}}}")),
                Some(other) => text.push(other),
                None => {}
            },
            '$' => text.push_str("$$"),
            other => text.push(other),
        }
    }
    text
}

fn redirect(declared: Field<'_>, matching: Option<HttpMatch<'_>>, place: Place<'_, '_>, request: &Request) -> Redirect {
    let text = |name: &str| Some(declared.text(name)).filter(|text| !text.is_empty());
    let original = match request.scheme {
        Scheme::Https => "https",
        Scheme::Http | Scheme::Tcp => "http",
    };
    let scheme = text("scheme").unwrap_or(original);
    let host = text("authority").unwrap_or(&request.host);
    let path = match (text("prefixRewrite"), text("uri")) {
        (Some(prefix), _) => format!("{prefix}{}", after_match(matching, &request.path)),
        (None, Some(uri)) => uri.to_owned(),
        (None, None) => request.path.clone(),
    };
    let port = match (declared.integer("port"), declared.text("derivePort")) {
        (Some(port), _) => Some(port),
        (None, "FROM_REQUEST_PORT") => Some(i64::from(place.port)),
        (None, _) => None,
    };
    let port = port.filter(|port| !matches!((scheme, port), ("http", 80) | ("https", 443)));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Redirect { status: status(declared, "redirectCode", 301), location: format!("{scheme}://{host}{port}{path}") }
}

fn status(declared: Field<'_>, name: &str, default: u16) -> u16 {
    let code = declared.integer(name).and_then(|code| u16::try_from(code).ok());
    code.filter(|code| *code != 0).unwrap_or(default)
}

/// Istio's `Headers`: `remove` before `set` before `add`, as the proxy applies them.
pub(super) fn header_changes(declared: Option<Field<'_>>) -> HeaderChanges {
    let changes = |direction: &str| {
        let Some(operations) = declared.and_then(|declared| declared.get(direction)) else { return Vec::new() };
        let pairs = |name: &str| {
            let members: Vec<_> = operations.map(name).collect();
            members.into_iter().map(|(key, value)| (key.to_owned(), value.as_str().unwrap_or_default().to_owned()))
        };
        let set = pairs("set").map(|(name, value)| HeaderChange::Set(name, value));
        let add = pairs("add").map(|(name, value)| HeaderChange::Add(name, value));
        let remove = operations.texts("remove").map(|name| HeaderChange::Remove(name.to_owned()));
        remove.chain(set).chain(add).collect()
    };
    HeaderChanges { request: changes("request"), response: changes("response") }
}

/// The host that header changes ask for, taken out of them: it is no header to a proxy. Other names with colons cannot be
/// changed.
fn taken_authority(changes: &mut HeaderChanges) -> Option<String> {
    let is_authority = |name: &str| name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case(":authority");
    let mut authority = None;
    for change in changes.request.iter().rev() {
        match change {
            HeaderChange::Set(name, value) | HeaderChange::Add(name, value) if is_authority(name) => {
                authority = Some(value.clone());
            }
            HeaderChange::Set(..) | HeaderChange::Add(..) | HeaderChange::Remove(_) => {}
        }
    }
    let internal = |change: &HeaderChange| {
        let (HeaderChange::Set(name, _) | HeaderChange::Add(name, _) | HeaderChange::Remove(name)) = change;
        name.starts_with(':') || name.eq_ignore_ascii_case("host")
    };
    changes.request.retain(|change| !internal(change));
    changes.response.retain(|change| !internal(change));
    authority
}
