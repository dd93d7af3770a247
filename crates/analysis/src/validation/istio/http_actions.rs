//! What a route does with a request besides passing it on: redirects, rewrites, direct responses, cross-origin answers.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{durations, headers, ports, string_match};
use super::{http_fault, objects, says};

const MEGABYTE: usize = 1 << 20;
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

pub(super) fn redirect<'w>(redirect: Field<'w>, route: Field<'w>, problems: &mut Problems<'w>) {
    if let (true, Some(prefix)) =
        (says(redirect, "uri"), redirect.get("prefixRewrite").filter(|_| says(redirect, "prefixRewrite")))
    {
        problems.error(prefix, "a redirect can have `uri` or `prefixRewrite`, not both");
    } else if says(redirect, "prefixRewrite") {
        let uris = objects(route, "match").filter_map(|matched| matched.get("uri"));
        for uri in uris.filter(|uri| uri.get("prefix").is_none()) {
            problems.error(uri, "`prefixRewrite` replaces the matched prefix, and this match has none");
        }
    }
    let given = ["uri", "prefixRewrite", "authority", "scheme"].iter().any(|name| says(redirect, name));
    if !given && redirect.get("port").is_none() && redirect.get("derivePort").is_none() {
        problems.error(redirect, "the redirect leads nowhere: it needs `uri`, `authority`, `scheme` or `port`");
    }
    let code = redirect.integer("redirectCode").unwrap_or_default();
    if let Some(field) = redirect.get("redirectCode").filter(|_| code != 0 && !(300..=399).contains(&code)) {
        problems.error(field, format!("`redirectCode` is {code}, and must be from 300 to 399"));
    }
    let scheme = redirect.text("scheme");
    if let Some(field) = redirect.get("scheme").filter(|_| !matches!(scheme, "" | "http" | "https")) {
        problems.error(field, format!("`scheme` is `{scheme}`, and must be `http` or `https`"));
    }
    ports::check_optional(redirect, "port", problems);
}

pub(super) fn rewrite<'w>(rewrite: Field<'w>, problems: &mut Problems<'w>) {
    let by_expression = rewrite.get("uriRegexRewrite");
    match by_expression {
        Some(field) if says(rewrite, "uri") => {
            problems.error(field, "a rewrite can have `uri` or `uriRegexRewrite`, not both");
        }
        None if !says(rewrite, "uri") && !says(rewrite, "authority") => {
            problems.error(rewrite, "the rewrite says neither `uri`, `uriRegexRewrite` nor `authority`");
        }
        Some(_) | None => {}
    }
    let Some(by_expression) = by_expression else { return };
    if !says(by_expression, "match") || !says(by_expression, "rewrite") {
        problems.error(by_expression, "`uriRegexRewrite` needs `match` and `rewrite`");
    } else if let Some(field) = by_expression.get("match") {
        problems.judge(field, string_match::expression("uriRegexRewrite.match", by_expression.text("match")));
    }
}

pub(super) fn direct_response<'w>(response: Field<'w>, problems: &mut Problems<'w>) {
    http_fault::status(response, "status", problems);
    let Some(body) = response.get("body") else { return };
    // Four digits of base64 are three bytes.
    let size = body.text("string").len().max(body.text("bytes").trim_end_matches('=').len() * 3 / 4);
    if size > MEGABYTE {
        problems.error(body, format!("the body has {size} bytes, and can have {MEGABYTE} at most"));
    } else if size > 100 * 1024 {
        problems
            .warning(body, format!("the body has {size} bytes, which every proxy must be told; keep it below 100 KiB"));
    }
}

pub(super) fn cors<'w>(cors: Field<'w>, problems: &mut Problems<'w>) {
    for origin in objects(cors, "allowOrigins") {
        if !["exact", "prefix", "regex"].iter().any(|name| says(origin, name)) {
            problems.error(origin, "an origin of `allowOrigins` needs `exact`, `prefix` or `regex`");
        } else if let Some(field) = origin.get("regex") {
            problems.judge(field, string_match::expression("allowOrigins", origin.text("regex")));
        }
    }
    for method in cors.list("allowMethods") {
        let name = method.as_str().unwrap_or_default();
        if !METHODS.contains(&name) {
            problems.error(method, format!("`allowMethods` has `{name}`, which is no method of HTTP"));
        }
    }
    for name in cors.list("allowHeaders").chain(cors.list("exposeHeaders")) {
        problems.judge(name, headers::of_cors(name.as_str().unwrap_or_default()));
    }
    durations::check(cors, "maxAge", problems);
    if let Some(age) = cors.get("maxAge").filter(|_| durations::has_fraction(cors.text("maxAge"))) {
        problems.error(age, format!("`maxAge` is `{}`, and must be whole seconds", cors.text("maxAge")));
    }
}
