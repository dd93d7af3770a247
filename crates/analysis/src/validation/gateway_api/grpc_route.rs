//! GRPCRoute.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::http_route::expression;
use super::{filters, objects, routes, text_or};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    routes::check_common(spec, problems);
    routes::check_match_count(spec, problems);
    for rule in objects(spec, "rules") {
        for matched in objects(rule, "matches") {
            if let Some(method) = matched.get("method") {
                self::method(method, problems);
            }
            for header in objects(matched, "headers") {
                expression(header, problems);
            }
        }
        filters::check(rule, problems);
        for backend in objects(rule, "backendRefs") {
            routes::check_backend(backend, problems);
            filters::check(backend, problems);
        }
        routes::check_session(rule, problems);
    }
}

fn method<'w>(method: Field<'w>, problems: &mut Problems<'w>) {
    if method.get("service").is_none() && method.get("method").is_none() {
        problems.error(method, "a match by method needs `service`, `method` or both");
    }
    if text_or(method, "type", "Exact") != "Exact" {
        return;
    }
    if let Some(field) = method.get("service") {
        let name = method.text("service");
        if !name.strip_prefix('.').unwrap_or(name).split('.').all(is_word) {
            problems.error(field, format!("`service` is `{name}`, which is no name of a gRPC service"));
        }
    }
    if let Some(field) = method.get("method").filter(|_| !is_word(method.text("method"))) {
        problems.error(field, format!("`method` is `{}`, which is no name of a gRPC method", method.text("method")));
    }
}

/// A word as protobuf has them.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
