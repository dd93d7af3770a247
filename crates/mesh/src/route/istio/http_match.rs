//! Whether a request satisfies the match of an HTTP route.

use super::virtual_service::{HttpMatch, MESH, gateway_name};
use crate::jwt;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request};
use crate::string_match::{Case, StringMatch};

/// Where a route is tried: for whom, at what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a, 'w> {
    pub(super) client: Client<'w>,
    /// `namespace/name` of a gateway, or `mesh`.
    pub(super) gateway: &'a str,
    pub(super) port: u16,
}

/// Whether a match can hold at all at a place, before any request (Istio `sourceMatchHTTP`): `None` if it can, or else why
/// it cannot.
pub(super) fn impossible(matching: HttpMatch<'_>, place: Place<'_, '_>, owner: &str) -> Option<Reasoning> {
    if let Some(port) = matching.get("port").filter(|port| port.value().as_u64() != Some(u64::from(place.port))) {
        let wanted = port.value();
        return Some(Reasoning::fails(format!("the port is {}, not {wanted}", place.port)).at(port));
    }
    let gateways = matching.get("gateways").filter(|gateways| gateways.items().len() > 0);
    if let Some(gateways) = gateways {
        let names = gateways.items().filter_map(|name| name.as_str()).map(|name| gateway_name(name, owner));
        let here = names.into_iter().any(|name| name == place.gateway);
        let at = if place.gateway == MESH { "in the mesh" } else { "at this gateway" };
        return (!here).then(|| Reasoning::fails(format!("it does not hold {at}")).at(gateways));
    }
    for (name, wanted) in matching.map("sourceLabels") {
        let label = place.client.label(name);
        if label.is_none() || label != wanted.as_str() {
            let wanted = wanted.as_str().unwrap_or_default();
            let step = format!("the client does not have the label `{name}: {wanted}`");
            return Some(Reasoning::fails(step).at(matching.own));
        }
    }
    let namespace = matching.get("sourceNamespace").filter(|field| field.as_str() != Some(""));
    namespace.filter(|namespace| namespace.as_str() != Some(place.client.namespace())).map(|namespace| {
        let wanted = namespace.as_str().unwrap_or_default();
        Reasoning::fails(format!("the client is not in the namespace `{wanted}`")).at(namespace)
    })
}

/// Whether a match holds for every request: it asks for no header, parameter, method, host or scheme, and for every path
/// (Istio `IsCatchAllRoute`).
pub(super) fn is_catch_all(matching: HttpMatch<'_>) -> bool {
    let any_path = matching.get("uri").is_none_or(|uri| match StringMatch::of(uri) {
        StringMatch::Prefix(prefix) => prefix == "/",
        StringMatch::Regex(expression) => expression == ".*",
        StringMatch::Exact(_) | StringMatch::Present => false,
    });
    any_path
        && ["method", "authority", "scheme"].iter().all(|name| matching.get(name).is_none())
        && ["headers", "withoutHeaders", "queryParams"].iter().all(|name| matching.map(name).is_empty())
}

/// Every condition of a match with what became of it, up to the first that does not hold.
pub(super) fn conditions(matching: HttpMatch<'_>, request: &Request) -> Result<Vec<Reasoning>, Reasoning> {
    let mut held = Vec::new();
    let case = match matching.get("ignoreUriCase").and_then(|flag| flag.value().as_bool()) {
        Some(true) => Case::Insensitive,
        Some(false) | None => Case::Sensitive,
    };
    let line = [
        ("uri", "the path", Some(request.path.as_str()), case),
        ("method", "the method", request.header(":method"), Case::Sensitive),
        ("authority", "the host", request.header(":authority"), Case::Sensitive),
        ("scheme", "the scheme", request.header(":scheme"), Case::Sensitive),
    ];
    for (member, what, actual, case) in line {
        if let Some(field) = matching.get(member) {
            let actual: Vec<&str> = actual.into_iter().collect();
            held.push(
                settle(what, &actual, StringMatch::of(field), case, Wanted::Match)
                    .map_err(|why| why.at(field))?
                    .at(field),
            );
        }
    }
    for (name, field) in matching.map("headers") {
        let (what, actual) = header(name, request);
        let actual: Vec<&str> = actual.iter().map(String::as_str).collect();
        let settled = settle(&what, &actual, StringMatch::of(field), Case::Sensitive, Wanted::Match);
        held.push(settled.map_err(|why| why.at(field))?.at(field));
    }
    for (name, field) in matching.map("withoutHeaders") {
        let (what, actual) = header(name, request);
        let actual: Vec<&str> = actual.iter().map(String::as_str).collect();
        let settled = settle(&what, &actual, StringMatch::of(field), Case::Sensitive, Wanted::NoMatch);
        held.push(settled.map_err(|why| why.at(field))?.at(field));
    }
    for (name, field) in matching.map("queryParams") {
        let what = format!("the parameter `{name}`");
        let actual: Vec<&str> = request.parameter(name).into_iter().collect();
        let settled = settle(&what, &actual, StringMatch::of(field), Case::Sensitive, Wanted::Match);
        held.push(settled.map_err(|why| why.at(field))?.at(field));
    }
    Ok(held)
}

/// The values of a header, or of a claim of the request's JWT where the name asks for one.
fn header(name: &str, request: &Request) -> (String, Vec<String>) {
    match jwt::claim_path(name, "@request.auth.claims") {
        Some(path) => {
            let claims = request.claims.as_ref();
            let values = claims.map(|claims| jwt::claim_values(claims, &path)).unwrap_or_default();
            (format!("the claim `{}`", path.join(".")), values)
        }
        None => (format!("the header `{name}`"), request.header(name).map(str::to_owned).into_iter().collect()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Match,
    NoMatch,
}

/// Whether one of the values matches, or none of them.
fn settle(
    what: &str,
    actual: &[&str],
    wanted: StringMatch<'_>,
    case: Case,
    expected: Wanted,
) -> Result<Reasoning, Reasoning> {
    let shown = if actual.is_empty() { "is missing".to_owned() } else { format!("is `{}`", actual.join("`, `")) };
    // What must not match and is missing is compared as if it were empty, unless presence alone is asked for.
    let compared = match (actual, expected, wanted) {
        ([], Wanted::NoMatch, StringMatch::Exact(_) | StringMatch::Prefix(_) | StringMatch::Regex(_)) => &[""],
        (actual, _, _) => actual,
    };
    let mut matched = Ok(false);
    for value in compared {
        match wanted.matches(value, case) {
            Ok(false) => {}
            other => {
                matched = other;
                break;
            }
        }
    }
    match (matched, expected) {
        (Err(problem), _) => Err(Reasoning::fails(format!("{what}: {problem}"))),
        (Ok(true), Wanted::Match) => Ok(Reasoning::holds(format!("{what} {wanted}"))),
        (Ok(false), Wanted::NoMatch) => Ok(Reasoning::holds(format!("{what} {shown}, which is not excluded"))),
        (Ok(false), Wanted::Match) => {
            Err(Reasoning::fails(format!("{what} {shown}; the match wants one that {wanted}")))
        }
        (Ok(true), Wanted::NoMatch) => {
            Err(Reasoning::fails(format!("{what} {shown}; the match excludes one that {wanted}")))
        }
    }
}
