//! Which rule of Gateway API's routes a request matches, and which of several comes first.

use std::cmp::Reverse;

use crate::reasoning::Reasoning;
use crate::request::Request;
use crate::string_match::{self, Case, StringMatch};
use crate::{Field, Resource, kind};

/// A rule with one of its matches.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'w> {
    pub(super) route: Resource<'w>,
    pub(super) rule: Field<'w>,
    pub(super) matching: Option<Field<'w>>,
    pub(super) path: PathMatch,
    /// Its place in its route.
    position: (usize, usize),
}

/// What is asked of a path, in the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathMatch {
    /// This path.
    Exact(String),
    /// This path and all below it.
    Prefix(String),
    /// A path that matches an expression.
    Expression(String),
}

impl PathMatch {
    /// The rank and the length: exact paths before prefixes before expressions, longer before shorter.
    fn precedence(&self) -> (u8, usize) {
        match self {
            PathMatch::Exact(path) => (2, path.len()),
            PathMatch::Prefix(path) => (1, path.len()),
            PathMatch::Expression(expression) => (0, expression.len()),
        }
    }

    fn settle(&self, path: &str) -> Result<String, String> {
        let (holds, wanted) = match self {
            PathMatch::Exact(wanted) => (path == wanted, format!("is exactly `{wanted}`")),
            PathMatch::Prefix(wanted) => {
                let trimmed = wanted.trim_end_matches('/');
                let below = path.strip_prefix(trimmed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                (below, format!("is `{wanted}` or below it"))
            }
            PathMatch::Expression(expression) => match string_match::whole(expression) {
                Ok(compiled) => (compiled.is_match(path), format!("matches `{expression}`")),
                Err(problem) => return Err(problem.to_string()),
            },
        };
        if holds {
            Ok(format!("the path {wanted}"))
        } else {
            Err(format!("the path is `{path}`; the match wants one that {wanted}"))
        }
    }
}

impl<'w> Candidate<'w> {
    /// Every match of every rule of a route.
    pub(super) fn of(route: Resource<'w>) -> Vec<Candidate<'w>> {
        let is_grpc = route.is(kind::GRPC_ROUTE);
        let mut found = Vec::new();
        for (place, rule) in route.list(&["spec", "rules"]).enumerate() {
            let matches: Vec<Option<Field<'w>>> = rule.list("matches").map(Some).collect();
            let matches = if matches.is_empty() { vec![None] } else { matches };
            for (position, matching) in matches.into_iter().enumerate() {
                let path = if is_grpc { grpc_path(matching) } else { http_path(matching) };
                found.push(Candidate { route, rule, matching, path, position: (place, position) });
            }
        }
        found
    }

    /// The rule's name or its place.
    pub(super) fn label(&self) -> String {
        match self.rule.text("name") {
            "" => format!("rules[{}]", self.position.0),
            name => name.to_owned(),
        }
    }

    fn method(&self) -> &'w str {
        let method = self.matching.and_then(|matching| matching.get("method"));
        method.and_then(Field::as_str).unwrap_or_default()
    }

    fn count(&self, name: &str) -> usize {
        self.matching.map_or(0, |matching| matching.list(name).len())
    }

    /// The smaller, the earlier it is tried: path, method, number of headers, number of parameters; then the older route,
    /// the route whose namespace and name come first, and the earlier rule.
    #[allow(clippy::type_complexity, reason = "one key of a sort, named nowhere else")]
    pub(super) fn order(
        &self,
    ) -> (Reverse<((u8, usize), bool, usize, usize)>, (&'w str, &'w str, &'w str), (usize, usize)) {
        let strength =
            (self.path.precedence(), !self.method().is_empty(), self.count("headers"), self.count("queryParams"));
        let created = self.route.at(&["metadata", "creationTimestamp"]).and_then(Field::as_str).unwrap_or_default();
        (Reverse(strength), (created, self.route.namespace(), self.route.name()), self.position)
    }

    /// Every condition, up to the first that does not hold.
    pub(super) fn conditions(&self, request: &Request) -> Result<Vec<Reasoning>, Reasoning> {
        let at = |reasoning: Reasoning| reasoning.at(self.matching.unwrap_or(self.rule));
        let path = self.path.settle(&request.path);
        let mut held = vec![path.map(Reasoning::holds).map(at).map_err(|step| at(Reasoning::fails(step)))?];
        let method = self.method();
        if !method.is_empty() {
            if method != request.method {
                return Err(at(Reasoning::fails(format!("the method is {}, not {method}", request.method))));
            }
            held.push(at(Reasoning::holds(format!("the method is {method}"))));
        }
        let Some(matching) = self.matching else { return Ok(held) };
        // The first of two entries with one name counts.
        let mut seen: Vec<String> = Vec::new();
        for wanted in matching.list("headers") {
            let name = wanted.text("name").to_lowercase();
            if !seen.contains(&name) {
                held.push(value(&format!("the header `{name}`"), request.header(&name), wanted)?);
                seen.push(name);
            }
        }
        seen.clear();
        for wanted in matching.list("queryParams") {
            let name = wanted.text("name").to_owned();
            if !seen.contains(&name) {
                held.push(value(&format!("the parameter `{name}`"), request.parameter(&name), wanted)?);
                seen.push(name);
            }
        }
        Ok(held)
    }
}

/// A header or parameter by `type` and `value`.
fn value(what: &str, actual: Option<&str>, wanted: Field<'_>) -> Result<Reasoning, Reasoning> {
    let text = wanted.text("value");
    let matcher = match wanted.text("type") {
        "RegularExpression" => StringMatch::Regex(text),
        _ => StringMatch::Exact(text),
    };
    let Some(actual) = actual else {
        return Err(Reasoning::fails(format!("{what} is missing; the match wants one that {matcher}")).at(wanted));
    };
    match matcher.matches(actual, Case::Sensitive) {
        Ok(true) => Ok(Reasoning::holds(format!("{what} {matcher}")).at(wanted)),
        Ok(false) => {
            Err(Reasoning::fails(format!("{what} is `{actual}`; the match wants one that {matcher}")).at(wanted))
        }
        Err(problem) => Err(Reasoning::fails(format!("{what}: {problem}")).at(wanted)),
    }
}

fn http_path(matching: Option<Field<'_>>) -> PathMatch {
    let path = matching.and_then(|matching| matching.get("path"));
    let value = path.map_or("", |path| path.text("value"));
    let value = if value.is_empty() { "/" } else { value }.to_owned();
    match path.map_or("", |path| path.text("type")) {
        "Exact" => PathMatch::Exact(value),
        "RegularExpression" => PathMatch::Expression(value),
        _ => PathMatch::Prefix(value),
    }
}

/// What a gRPC method is as a path: `/service/method`.
fn grpc_path(matching: Option<Field<'_>>) -> PathMatch {
    let Some(method) = matching.and_then(|matching| matching.get("method")) else {
        return PathMatch::Prefix("/".to_owned());
    };
    let (service, name) = (method.text("service"), method.text("method"));
    let or_any = |text: &str| if text.is_empty() { "[^/]+".to_owned() } else { text.to_owned() };
    match (method.text("type"), service, name) {
        ("RegularExpression", service, name) => PathMatch::Expression(format!("/{}/{}", or_any(service), or_any(name))),
        (_, "", "") => PathMatch::Prefix("/".to_owned()),
        (_, "", name) => PathMatch::Expression(format!("/[^/]+/{}", regex::escape(name))),
        (_, service, "") => PathMatch::Prefix(format!("/{service}")),
        (_, service, name) => PathMatch::Exact(format!("/{service}/{name}")),
    }
}
