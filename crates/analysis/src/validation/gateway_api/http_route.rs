//! HTTPRoute.

use manifest::duration;
use mesh::Field;

use super::super::problem::Problems;
use super::super::string_match;
use super::super::subject::Subject;
use super::{filters, objects, routes, text_or};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    routes::check_common(spec, problems);
    routes::check_match_count(spec, problems);
    for rule in objects(spec, "rules") {
        self::rule(rule, problems);
    }
}

fn rule<'w>(rule: Field<'w>, problems: &mut Problems<'w>) {
    for matched in objects(rule, "matches") {
        self::request(matched, problems);
    }
    filters::check(rule, problems);
    for backend in objects(rule, "backendRefs") {
        routes::check_backend(backend, problems);
        filters::check(backend, problems);
    }
    if rule.list("backendRefs").len() > 0
        && let Some(redirect) = objects(rule, "filters").find(|filter| filter.get("requestRedirect").is_some())
    {
        problems.error(redirect, "a rule that redirects has no `backendRefs`");
    }
    let prefixes = objects(rule, "matches")
        .map(|matched| matched.get("path").map_or("PathPrefix", |path| text_or(path, "type", "PathPrefix")));
    let prefixes: Vec<&str> = prefixes.collect();
    // Without matches there is one, which is the prefix `/`.
    let one_prefix = rule.get("matches").is_none() || prefixes == ["PathPrefix"];
    if !one_prefix {
        for name in ["requestRedirect", "urlRewrite"] {
            let of_backends: Vec<_> =
                objects(rule, "backendRefs").filter_map(|backend| filters::replaces_prefix(backend, name)).collect();
            // The schema asks this of one backend, and of several nothing.
            let of_backend = if let [path] = of_backends.as_slice() { Some(*path) } else { None };
            for path in filters::replaces_prefix(rule, name).into_iter().chain(of_backend) {
                problems.error(path, "ReplacePrefixMatch replaces the matched prefix, and so the rule must have exactly one match, of the type PathPrefix");
            }
        }
    }
    if let Some(timeouts) = rule.get("timeouts") {
        self::timeouts(timeouts, problems);
    }
    routes::check_session(rule, problems);
}

fn request<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    for value in objects(matched, "headers").chain(objects(matched, "queryParams")) {
        expression(value, problems);
    }
    let Some(path) = matched.get("path") else { return };
    let value = text_or(path, "value", "/");
    let field = path.get("value").unwrap_or(path);
    match text_or(path, "type", "PathPrefix") {
        "RegularExpression" => expression(path, problems),
        _ => problems.judge(field, literal_path(value)),
    }
}

/// A value that is an expression must be one.
pub(super) fn expression<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(field) = matched.get("value").filter(|_| matched.text("type") == "RegularExpression")
        && let Err(why) = string_match::syntax(matched.text("value"))
    {
        problems
            .warning(field, format!("`{}` is no regular expression that proxies read: {why}", matched.text("value")));
    }
}

/// A path that is compared as it is: absolute and normal.
fn literal_path(path: &str) -> Result<(), String> {
    const STRANGE: [&str; 6] = ["//", "/./", "/../", "%2f", "%2F", "#"];
    let error = |why: String| Err(format!("the path `{path}` {why}"));
    if !path.starts_with('/') {
        return error("must begin with `/`".to_owned());
    }
    if let Some(part) = STRANGE.into_iter().find(|part| path.contains(part)) {
        return error(format!("has `{part}`, which no request has after it is made normal"));
    }
    if path.ends_with("/..") || path.ends_with("/.") {
        return error("ends in a dot that leads elsewhere".to_owned());
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&byte);
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let escape = byte == b'%' && (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit()));
        if !escape && !known(byte) {
            return error("has characters that no path has".to_owned());
        }
    }
    Ok(())
}

fn timeouts<'w>(timeouts: Field<'w>, problems: &mut Problems<'w>) {
    let given = |name: &str| duration::parse(timeouts.text(name)).ok();
    if let (Some(whole @ 1..), Some(of_backend)) = (given("request"), given("backendRequest"))
        && of_backend > whole
    {
        let field = timeouts.get("backendRequest").unwrap_or(timeouts);
        problems
            .error(field, format!("`backendRequest` is `{}`, longer than `request`", timeouts.text("backendRequest")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_and_normal() {
        for (path, expect) in [
            ("/", true),
            ("/a/b.c", true),
            ("/a%20b", true),
            ("a", false),
            ("/a//b", false),
            ("/a/../b", false),
            ("/a/..", false),
            ("/a%2fb", false),
            ("/a%2", false),
            ("/a b", false),
            ("/ä", false),
            ("", false),
        ] {
            assert_eq!(literal_path(path).is_ok(), expect, "{path}");
        }
    }
}
