//! Filters of routes: the type says which field goes with it, and most are there once.

use mesh::Field;

use super::super::problem::Problems;
use super::{objects, routes, text_or};

/// Types of filters, each with the field that goes with it.
const TYPES: [(&str, &str); 8] = [
    ("RequestHeaderModifier", "requestHeaderModifier"),
    ("ResponseHeaderModifier", "responseHeaderModifier"),
    ("RequestMirror", "requestMirror"),
    ("RequestRedirect", "requestRedirect"),
    ("URLRewrite", "urlRewrite"),
    ("ExtensionRef", "extensionRef"),
    ("CORS", "cors"),
    ("ExternalAuth", "externalAuth"),
];
/// Types that a list of filters has once.
const ONCE: [&str; 5] = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite", "CORS"];

/// The filters of a rule, or of one of its backends.
pub(super) fn check<'w>(around: Field<'w>, problems: &mut Problems<'w>) {
    for filter in objects(around, "filters") {
        self::filter(filter, problems);
    }
    let of_type = |kind: &'static str| objects(around, "filters").filter(move |filter| filter.text("type") == kind);
    for kind in ONCE {
        if let Some(second) = of_type(kind).nth(1) {
            problems.error(second, format!("the filter {kind} is there twice"));
        }
    }
    if let (Some(_), Some(rewrite)) = (of_type("RequestRedirect").next(), of_type("URLRewrite").next()) {
        problems.error(rewrite, "the filters RequestRedirect and URLRewrite exclude each other");
    }
}

fn filter<'w>(filter: Field<'w>, problems: &mut Problems<'w>) {
    let kind = filter.text("type");
    for (known, name) in TYPES {
        match filter.get(name) {
            Some(field) if known != kind => {
                problems.error(field, format!("the filter is of the type {kind}, and `{name}` goes with {known}"));
            }
            None if known == kind => problems.error(filter, format!("a filter of the type {kind} needs `{name}`")),
            Some(_) | None => {}
        }
    }
    if let Some(mirror) = filter.get("requestMirror") {
        self::mirror(mirror, problems);
    }
    for path in ["requestRedirect", "urlRewrite"].into_iter().filter_map(|name| filter.at(&[name, "path"])) {
        for (known, name) in [("ReplaceFullPath", "replaceFullPath"), ("ReplacePrefixMatch", "replacePrefixMatch")] {
            if (path.text("type") == known) != path.get(name).is_some() {
                problems.error(path, format!("`{name}` goes with the type {known}, and that type with `{name}`"));
            }
        }
    }
    if let Some(cors) = filter.get("cors") {
        for name in ["allowOrigins", "allowMethods", "allowHeaders"] {
            if cors.list(name).len() > 1
                && let Some(all) = cors.list(name).find(|item| item.as_str() == Some("*"))
            {
                problems.error(all, format!("`{name}` has `*` beside others, which it includes"));
            }
        }
    }
    if let Some(authorization) = filter.get("externalAuth") {
        for (protocol, name) in [("GRPC", "grpc"), ("HTTP", "http")] {
            if (authorization.text("protocol") == protocol) != authorization.get(name).is_some() {
                problems.error(
                    authorization,
                    format!("`{name}` goes with the protocol {protocol}, and that protocol with `{name}`"),
                );
            }
        }
        if let Some(backend) = authorization.get("backendRef") {
            routes::check_backend(backend, problems);
        }
    }
}

fn mirror<'w>(mirror: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(backend) = mirror.get("backendRef") {
        routes::check_backend(backend, problems);
    }
    let Some(fraction) = mirror.get("fraction") else { return };
    if mirror.get("percent").is_some() {
        problems.error(fraction, "a mirror can have `percent` or `fraction`, not both");
    }
    let (numerator, denominator) = (fraction.integer("numerator"), fraction.integer("denominator").unwrap_or(100));
    if numerator.is_some_and(|numerator| numerator > denominator) {
        problems.error(fraction, format!("the fraction is more than one: its denominator is {denominator}"));
    }
}

/// Whether a list of filters has one that replaces the matched prefix of the path, by the field that holds it.
pub(super) fn replaces_prefix<'w>(around: Field<'w>, name: &str) -> Option<Field<'w>> {
    let path = |filter: Field<'w>| filter.at(&[name, "path"]);
    let paths = objects(around, "filters").filter_map(path);
    paths
        .into_iter()
        .find(|path| text_or(*path, "type", "") == "ReplacePrefixMatch" && path.get("replacePrefixMatch").is_some())
}
