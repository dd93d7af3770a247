//! How values of AuthorizationPolicies match: exactly, by prefix, suffix or presence, and paths by templates.

/// `text`, `prefix*`, `*suffix`, or `*` for anything that is there.
pub(super) fn matches(wanted: &str, actual: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        _ if wanted == "*" => !actual.is_empty(),
        (Some(end), _) => actual.ends_with(end),
        (None, Some(start)) => actual.starts_with(start),
        (None, None) => wanted == actual,
    }
}

/// As [`matches`], whatever the case.
pub(super) fn matches_any_case(wanted: &str, actual: &str) -> bool {
    matches(&wanted.to_lowercase(), &actual.to_lowercase())
}

/// As Istio matches namespaces and trust domains: `*` stands for any text, anywhere.
pub(super) fn matches_glob(wanted: &str, actual: &str) -> bool {
    let mut parts = wanted.split('*');
    let Some(mut rest) = actual.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// As [`matches`], or by a template: `{*}` stands for one segment, `{**}` for any number of them.
pub(super) fn matches_path(wanted: &str, actual: &str) -> bool {
    if !wanted.contains("{*}") && !wanted.contains("{**}") {
        return matches(wanted, actual);
    }
    let segments = |path: &str| path.trim_start_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    matches_segments(&segments(wanted), &segments(actual))
}

/// Segment by segment. A template has few `{**}` (Istio allows one), and each step drops a segment, so that this ends soon.
fn matches_segments(wanted: &[String], actual: &[String]) -> bool {
    // The places in `actual` that the template so far may end at.
    let mut ends = vec![false; actual.len() + 1];
    ends[0] = true;
    for segment in wanted {
        let mut next = vec![false; actual.len() + 1];
        for (at, _) in ends.iter().enumerate().filter(|(_, reached)| **reached) {
            match segment.as_str() {
                "{**}" => next[at..].fill(true),
                "{*}" => {
                    if actual.get(at).is_some_and(|segment| !segment.is_empty()) {
                        next[at + 1] = true;
                    }
                }
                text => {
                    if actual.get(at).is_some_and(|segment| segment == text) {
                        next[at + 1] = true;
                    }
                }
            }
        }
        ends = next;
    }
    ends[actual.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_by_prefix_suffix_or_presence() {
        for (wanted, actual, expect) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*", "x", true),
            ("*", "", false),
            ("a*b", "axb", false),
        ] {
            assert_eq!(matches(wanted, actual), expect, "{wanted} {actual}");
        }
        for (wanted, actual, expect) in
            [("a*b", "axxb", true), ("*-dev", "x-dev", true), ("dev", "dev-1", false), ("*", "", true)]
        {
            assert_eq!(matches_glob(wanted, actual), expect, "{wanted} {actual}");
        }
    }

    #[test]
    fn templates_stand_for_segments() {
        for (wanted, actual, expect) in [
            ("/foo/{*}", "/foo/bar", true),
            ("/foo/{*}", "/foo/bar/baz", false),
            ("/foo/{*}", "/foo/", false),
            ("/foo/{**}", "/foo/bar/baz", true),
            ("/foo/{**}/end", "/foo/a/b/end", true),
            ("/foo/{**}/end", "/foo/a/b", false),
            ("/{*}/baz/{**}", "/foo/baz/x/y", true),
            ("/{*}/baz/{**}", "/baz/x", false),
            ("/foo*", "/foobar", true),
        ] {
            assert_eq!(matches_path(wanted, actual), expect, "{wanted} {actual}");
        }
    }
}
