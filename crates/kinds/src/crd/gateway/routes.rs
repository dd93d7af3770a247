//! HTTPRoute, GRPCRoute and the routes of connections.

use serde_json::json;

use super::super::schema::{Field, Schema, integer, list, object, one_of, optional, required, string};
use super::filters::{self, header_name, header_value};
use super::references::{backend, duration, host_name, parents, section_name, with_port};

/// A route: its parents, and what the kind adds.
pub(super) fn route(fields: impl IntoIterator<Item = Field>) -> Schema {
    let common = [optional("parentRefs", parents()), optional("useDefaultGateways", one_of(&["All", "None"]))];
    object(common.into_iter().chain(fields))
}

/// Backends with weights, and what the kind adds to each.
fn backends(more: impl IntoIterator<Item = Field>) -> Schema {
    let weight = optional("weight", integer().format("int32").default(1).minimum(0).maximum(1_000_000));
    list(with_port(object(backend().into_iter().chain([weight]).chain(more)))).at_most(16)
}

/// Rules of routes that look at no request. A route of a stable version has one, of others up to sixteen.
pub(super) fn connection_rules() -> Schema {
    let rule = object([optional("name", section_name()), required("backendRefs", backends([]).at_least(1))]);
    list(rule).at_least(1).at_most(16)
}

fn hostnames() -> Field {
    optional("hostnames", list(host_name()).at_most(16))
}

fn match_type() -> Field {
    optional("type", one_of(&["Exact", "RegularExpression"]).default("Exact"))
}

fn session_persistence() -> Schema {
    object([
        optional("sessionName", string().length(0, 128)),
        optional("absoluteTimeout", duration()),
        optional("type", one_of(&["Cookie", "Header"]).default("Cookie")),
        optional(
            "cookieConfig",
            object([optional("lifetimeType", one_of(&["Permanent", "Session"]).default("Session"))]),
        ),
    ])
}

pub(super) fn http_route() -> Schema {
    let path = object([
        optional("type", one_of(&["Exact", "PathPrefix", "RegularExpression"]).default("PathPrefix")),
        optional("value", string().length(0, 1024).default("/")),
    ])
    .default(json!({"type": "PathPrefix", "value": "/"}));
    let values = |value: Schema| {
        let matched = object([match_type(), required("name", header_name()), required("value", value)]);
        list(matched).at_most(16).keyed_by(&["name"])
    };
    let method = one_of(&["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);
    let request = object([
        optional("path", path),
        optional("headers", values(header_value())),
        optional("queryParams", values(string().length(1, 1024))),
        optional("method", method),
    ]);
    let retry = object([
        optional("codes", list(integer().minimum(400).maximum(599)).set()),
        optional("attempts", integer().minimum(1)),
        optional("backoff", duration()),
    ]);
    let everything = json!([{"path": {"type": "PathPrefix", "value": "/"}}]);
    let rule = object([
        optional("name", section_name()),
        optional("matches", list(request).default(everything.clone()).at_most(64)),
        optional("filters", filters::of_http()),
        optional("backendRefs", backends([optional("filters", filters::of_http())])),
        optional("timeouts", object([optional("request", duration()), optional("backendRequest", duration())])),
        optional("retry", retry),
        optional("sessionPersistence", session_persistence()),
    ]);
    let rules = list(rule).at_least(1).at_most(16).default(json!([{"matches": everything}]));
    route([hostnames(), optional("rules", rules)])
}

pub(super) fn grpc_route() -> Schema {
    let method = object([
        match_type(),
        optional("service", string().length(0, 1024)),
        optional("method", string().length(0, 1024)),
    ]);
    let header = object([match_type(), required("name", header_name()), required("value", string().length(1, 4096))]);
    let headers = list(header).at_most(16).keyed_by(&["name"]);
    let call = object([optional("method", method), optional("headers", headers)]);
    let rule = object([
        optional("name", section_name()),
        optional("matches", list(call).at_most(64)),
        optional("filters", filters::of_grpc()),
        optional("backendRefs", backends([optional("filters", filters::of_grpc())])),
        optional("sessionPersistence", session_persistence()),
    ]);
    route([hostnames(), optional("rules", list(rule).at_most(16))])
}
