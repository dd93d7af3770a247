//! VirtualService.

use super::super::schema::{
    Schema, boolean, list, map, number, object, one_of, optional, required, string, strings, texts,
};
use super::route::{destination, headers, text_match, weighted};
use super::{duration, items, maybe, signed, unsigned};

pub(super) fn virtual_service() -> Schema {
    let tls_match = items([
        required("sniHosts", strings()),
        optional("destinationSubnets", strings()),
        optional("port", unsigned()),
        optional("sourceLabels", texts()),
        optional("gateways", strings()),
        optional("sourceNamespace", string()),
    ]);
    let tcp_match = items([
        optional("destinationSubnets", strings()),
        optional("port", unsigned()),
        optional("sourceSubnet", string()),
        optional("sourceLabels", texts()),
        optional("gateways", strings()),
        optional("sourceNamespace", string()),
    ]);
    object([
        optional("hosts", strings()),
        optional("gateways", strings()),
        optional("exportTo", strings()),
        optional("http", http_routes()),
        optional("tls", items([required("match", tls_match), optional("route", weighted([]))])),
        optional("tcp", items([optional("match", tcp_match), optional("route", weighted([]))])),
    ])
}

fn http_routes() -> Schema {
    let percentage = || object([optional("value", number().format("double"))]);
    let mirrors = items([required("destination", destination()), optional("percentage", percentage())]);
    let body = object([optional("string", string()), optional("bytes", string().format("byte"))])
        .at_most_one_of(&["string", "bytes"]);
    let retries = object([
        optional("attempts", signed()),
        optional("perTryTimeout", duration()),
        optional("retryOn", string()),
        optional("retryRemoteLocalities", maybe()),
        optional("retryIgnorePreviousHosts", maybe()),
        optional("backoff", duration()),
    ]);
    let rewrite = object([
        optional("uri", string()),
        optional("authority", string()),
        optional("uriRegexRewrite", object([optional("match", string()), optional("rewrite", string())])),
    ]);
    items([
        optional("name", string()),
        optional("match", http_match()),
        optional("route", weighted([optional("headers", headers())])),
        optional("redirect", redirect()),
        optional("directResponse", object([required("status", unsigned()), optional("body", body)])),
        optional("delegate", object([optional("name", string()), optional("namespace", string())])),
        optional("rewrite", rewrite),
        optional("timeout", duration()),
        optional("retries", retries),
        optional("fault", fault()),
        optional("mirror", destination()),
        optional("mirrors", mirrors),
        optional("mirrorPercent", unsigned().nullable()),
        optional("mirror_percent", unsigned().nullable()),
        optional("mirrorPercentage", percentage()),
        optional("corsPolicy", cors()),
        optional("headers", headers()),
    ])
}

fn http_match() -> Schema {
    items([
        optional("name", string()),
        optional("uri", text_match()),
        optional("scheme", text_match()),
        optional("method", text_match()),
        optional("authority", text_match()),
        optional("headers", map(text_match())),
        optional("port", unsigned()),
        optional("sourceLabels", texts()),
        optional("gateways", strings()),
        optional("queryParams", map(text_match())),
        optional("ignoreUriCase", boolean()),
        optional("withoutHeaders", map(text_match())),
        optional("sourceNamespace", string()),
        optional("statPrefix", string()),
    ])
}

fn redirect() -> Schema {
    object([
        optional("uri", string()),
        optional("authority", string()),
        optional("port", unsigned()),
        optional("derivePort", one_of(&["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"])),
        optional("scheme", string()),
        optional("redirectCode", unsigned()),
        optional("prefixRewrite", string()),
    ])
    .at_most_one_of(&["port", "derivePort"])
}

fn fault() -> Schema {
    let percentage = || object([optional("value", number().format("double"))]);
    let delay = object([
        optional("percent", signed()),
        optional("fixedDelay", duration()),
        optional("exponentialDelay", duration()),
        optional("percentage", percentage()),
    ])
    .at_most_one_of(&["fixedDelay", "exponentialDelay"]);
    let abort = object([
        optional("httpStatus", signed()),
        optional("grpcStatus", string()),
        optional("http2Error", string()),
        optional("percentage", percentage()),
    ])
    .at_most_one_of(&["httpStatus", "grpcStatus", "http2Error"]);
    object([optional("delay", delay), optional("abort", abort)])
}

fn cors() -> Schema {
    object([
        optional("allowOrigin", strings()),
        optional("allowOrigins", list(text_match())),
        optional("allowMethods", strings()),
        optional("allowHeaders", strings()),
        optional("exposeHeaders", strings()),
        optional("maxAge", duration()),
        optional("allowCredentials", maybe()),
        optional("unmatchedPreflights", one_of(&["UNSPECIFIED", "FORWARD", "IGNORE"])),
    ])
}
