//! Filters of routes: what happens to a request on its way.

use super::super::schema::{
    Field, Schema, boolean, integer, list, object, one_of, one_of_numbers, optional, required, string, strings,
};
use super::references::{backend, local_object, port, precise_host_name, with_port};

/// The name of a header.
pub(super) fn header_name() -> Schema {
    string().length(1, 256).pattern(r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$")
}

/// The value of a header.
pub(super) fn header_value() -> Schema {
    string().length(1, 4096).pattern(r"^[!-~]+([\t ]?[!-~]+)*$")
}

fn header_changes() -> Schema {
    let headers = || {
        let header = object([required("name", header_name()), required("value", header_value())]);
        list(header).at_most(16).keyed_by(&["name"])
    };
    object([optional("set", headers()), optional("add", headers()), optional("remove", strings().at_most(16).set())])
}

/// What HTTP and gRPC have in common.
fn common() -> [Field; 4] {
    let fraction = object([
        required("numerator", integer().format("int32").minimum(0)),
        optional("denominator", integer().format("int32").default(100).minimum(1)),
    ])
    .rule("self.numerator <= self.denominator", "numerator must be less than or equal to denominator");
    let mirror = object([
        required("backendRef", with_port(object(backend()))),
        optional("percent", integer().format("int32").minimum(0).maximum(100)),
        optional("fraction", fraction),
    ])
    .rule("!(has(self.percent) && has(self.fraction))", "percent and fraction exclude each other");
    [
        optional("requestHeaderModifier", header_changes()),
        optional("responseHeaderModifier", header_changes()),
        optional("requestMirror", mirror),
        optional("extensionRef", object(local_object())),
    ]
}

/// Filters of gRPC calls.
pub(super) fn of_grpc() -> Schema {
    let types = ["ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"];
    list(object([required("type", one_of(&types))].into_iter().chain(common()))).at_most(16)
}

/// Filters of HTTP requests.
pub(super) fn of_http() -> Schema {
    let path = || {
        object([
            required("type", one_of(&["ReplaceFullPath", "ReplacePrefixMatch"])),
            optional("replaceFullPath", string().length(0, 1024)),
            optional("replacePrefixMatch", string().length(0, 1024)),
        ])
    };
    let redirect = object([
        optional("scheme", one_of(&["http", "https"])),
        optional("hostname", precise_host_name()),
        optional("path", path()),
        optional("port", port()),
        optional("statusCode", one_of_numbers(&[301, 302, 303, 307, 308]).default(302)),
    ]);
    let types = [
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "ExtensionRef",
        "CORS",
        "ExternalAuth",
    ];
    let own = [
        required("type", one_of(&types)),
        optional("requestRedirect", redirect),
        optional("urlRewrite", object([optional("hostname", precise_host_name()), optional("path", path())])),
        optional("cors", cors()),
        optional("externalAuth", external_authorization()),
    ];
    list(object(own.into_iter().chain(common()))).at_most(16)
}

fn cors() -> Schema {
    let headers = || list(header_name()).at_most(64).set();
    let origin = string()
        .length(1, 253)
        .pattern(r"(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)");
    let method = one_of(&["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"]);
    object([
        optional("allowOrigins", list(origin).at_most(64).set()),
        optional("allowCredentials", boolean()),
        optional("allowMethods", list(method).at_most(9).set()),
        optional("allowHeaders", headers()),
        optional("exposeHeaders", headers()),
        optional("maxAge", integer().format("int32").default(5).minimum(1)),
    ])
}

fn external_authorization() -> Schema {
    let headers = || strings().at_most(64).set();
    let path = string().length(0, 1024).pattern("^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$");
    let http = object([
        optional("path", path),
        optional("allowedHeaders", headers()),
        optional("allowedResponseHeaders", headers()),
    ]);
    object([
        required("protocol", one_of(&["HTTP", "GRPC"])),
        required("backendRef", with_port(object(backend()))),
        optional("grpc", object([optional("allowedHeaders", headers())])),
        optional("http", http),
        optional("forwardBody", object([optional("maxSize", integer())])),
    ])
}
