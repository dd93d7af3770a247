//! Whether a request satisfies the match of an HTTP route.

use super::virtual_service::{HttpMatch, MESH, gateway_name};
use crate::reasoning::Reasoning;
use crate::request::{Client, Request};
use crate::string_match::{Case, StringMatch};
use crate::{Field, jwt};

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
    asked(matching, request).into_iter().map(Condition::settle).collect()
}

/// One condition: what it looks at, what that is in the request, and what is wanted of it.
#[derive(Debug, Clone)]
struct Condition<'w> {
    what: String,
    /// One value, several of a claim that is a list, or none if it is missing.
    actual: Vec<String>,
    field: Field<'w>,
    case: Case,
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Match,
    NoMatch,
}

/// The conditions of a match, in the order in which they are told.
fn asked<'w>(matching: HttpMatch<'w>, request: &Request) -> Vec<Condition<'w>> {
    let condition = |(what, actual): (String, Vec<String>), field, wanted| Condition {
        what,
        actual,
        field,
        case: Case::Sensitive,
        wanted,
    };
    let line = [
        ("uri", "the path", Some(request.path.as_str())),
        ("method", "the method", request.header(":method")),
        ("authority", "the host", request.header(":authority")),
        ("scheme", "the scheme", request.header(":scheme")),
    ];
    let mut asked = Vec::new();
    for (member, what, actual) in line {
        let looked_at = (what.to_owned(), actual.map(str::to_owned).into_iter().collect());
        asked.extend(matching.get(member).map(|field| condition(looked_at, field, Wanted::Match)));
    }
    let ignores_case = matching.get("ignoreUriCase").and_then(|flag| flag.value().as_bool()) == Some(true);
    if let Some(path) = asked.first_mut().filter(|_| ignores_case && matching.get("uri").is_some()) {
        path.case = Case::Insensitive;
    }
    for (list, wanted) in [("headers", Wanted::Match), ("withoutHeaders", Wanted::NoMatch)] {
        let headers = matching.map(list).into_iter();
        asked.extend(headers.map(|(name, field)| condition(header(name, request), field, wanted)));
    }
    let parameters = matching.map("queryParams").into_iter();
    asked.extend(parameters.map(|(name, field)| {
        let actual = request.parameter(name).map(str::to_owned).into_iter().collect();
        condition((format!("the parameter `{name}`"), actual), field, Wanted::Match)
    }));
    asked
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

impl Condition<'_> {
    /// Whether one of the values matches, or none of them.
    fn settle(self) -> Result<Reasoning, Reasoning> {
        let Condition { what, actual, field, case, wanted } = self;
        let matcher = StringMatch::of(field);
        let shown = if actual.is_empty() { "is missing".to_owned() } else { format!("is `{}`", actual.join("`, `")) };
        // What must not match and is missing is compared as if it were empty, unless presence alone is asked for.
        let compared = match (actual.is_empty(), wanted, matcher) {
            (true, Wanted::NoMatch, StringMatch::Exact(_) | StringMatch::Prefix(_) | StringMatch::Regex(_)) => {
                vec![String::new()]
            }
            _ => actual,
        };
        let mut matched = Ok(false);
        for value in &compared {
            matched = matcher.matches(value, case);
            if matched != Ok(false) {
                break;
            }
        }
        match (matched, wanted) {
            (Ok(true), Wanted::Match) => Ok(Reasoning::holds(format!("{what} {matcher}")).at(field)),
            (Ok(false), Wanted::NoMatch) => {
                Ok(Reasoning::holds(format!("{what} {shown}, which is not excluded")).at(field))
            }
            (Ok(false), Wanted::Match) => {
                Err(Reasoning::fails(format!("{what} {shown}; the match wants one that {matcher}")).at(field))
            }
            (Ok(true), Wanted::NoMatch) => {
                Err(Reasoning::fails(format!("{what} {shown}; the match excludes one that {matcher}")).at(field))
            }
            (Err(problem), _) => Err(Reasoning::fails(format!("{what}: {problem}")).at(field)),
        }
    }
}
