//! Linkerd's own HTTPRoute, an older one of the Gateway API's.

use super::super::schema::{
    Schema, integer, list, object, one_of, one_of_numbers, optional, required, string, strings,
};
use super::{LABEL, NAME};

pub(super) fn http_route() -> Schema {
    let parent = object([
        optional("group", string().length(0, 253).pattern(&format!("^$|{NAME}"))),
        optional("kind", string().length(1, 63).pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")),
        optional("namespace", string().length(1, 63).pattern(LABEL)),
        required("name", string().length(1, 253)),
        optional("sectionName", string().length(1, 253).pattern(NAME)),
        optional("port", integer()),
    ]);
    let host =
        string().length(1, 253).pattern(r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
    let backend = object([
        optional("group", string()),
        optional("kind", string()),
        optional("name", string()),
        optional("namespace", string()),
        optional("port", integer()),
        optional("weight", integer()),
        optional("filters", filters(&["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"])),
    ]);
    let rule = object([
        optional("name", string()),
        optional("matches", matches()),
        optional("filters", filters(&["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"])),
        optional("backendRefs", list(backend)),
        optional("timeouts", object([optional("request", string()), optional("backendRequest", string())])),
    ]);
    object([
        optional("hostnames", list(host).at_most(16)),
        optional("parentRefs", list(parent).at_most(32)),
        optional("rules", list(rule).at_most(16)),
    ])
}

fn header_name() -> Schema {
    string().length(1, 256).pattern(r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$")
}

fn matches() -> Schema {
    let values = |name: Schema, most: u64| {
        let matched = object([
            optional("type", one_of(&["Exact", "RegularExpression"])),
            required("name", name),
            required("value", string().length(1, most)),
        ]);
        list(matched).at_most(16).keyed_by(&["name"])
    };
    let path = object([
        optional("type", one_of(&["Exact", "PathPrefix", "RegularExpression"])),
        optional("value", string().length(0, 1024)),
    ]);
    let method = one_of(&["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);
    list(object([
        optional("path", path),
        optional("headers", values(header_name(), 4096)),
        optional("queryParams", values(string().length(1, 256), 1024)),
        optional("method", method),
    ]))
    .at_most(8)
}

fn filters(types: &[&str]) -> Schema {
    let headers = || {
        let header = object([required("name", header_name()), required("value", string().length(1, 4096))]);
        list(header).at_most(16).keyed_by(&["name"])
    };
    let changes =
        || object([optional("set", headers()), optional("add", headers()), optional("remove", strings().at_most(16))]);
    let path = object([
        required("type", one_of(&["ReplaceFullPath", "ReplacePrefixMatch"])),
        optional("replaceFullPath", string().length(0, 1024)),
        optional("replacePrefixMatch", string().length(0, 1024)),
    ]);
    let redirect = object([
        optional("scheme", one_of(&["http", "https"])),
        optional("hostname", string().length(1, 253).pattern(NAME)),
        optional("path", path),
        optional("port", integer().minimum(1).maximum(65_535)),
        optional("statusCode", one_of_numbers(&[301, 302])),
    ]);
    list(object([
        required("type", one_of(types)),
        optional("requestHeaderModifier", changes()),
        optional("responseHeaderModifier", changes()),
        optional("requestRedirect", redirect),
    ]))
    .at_most(16)
}
