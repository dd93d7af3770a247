//! Claims of a JWT, as policies and routes name them.

use manifest::Value;

/// The path of a claim in a name such as `request.auth.claims[groups][id]` or, with dots, `@request.auth.claims.sub`; `None`
/// if the name does not begin with `prefix`.
pub(crate) fn claim_path(name: &str, prefix: &str) -> Option<Vec<String>> {
    let rest = name.strip_prefix(prefix)?;
    if let Some(rest) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Some(rest.split("][").map(str::to_owned).collect());
    }
    let rest = rest.strip_prefix('.')?;
    (!rest.is_empty()).then(|| rest.split('.').map(str::to_owned).collect())
}

/// The texts of a claim: of a string itself, of a list every string. A string with spaces, such as `scope`, is a list of
/// words too (Envoy `jwt_authn` normalises it so).
pub(crate) fn claim_values(claims: &Value, path: &[String]) -> Vec<String> {
    let Some(value) = path.iter().try_fold(claims, |value, name| value.get(name.as_str())) else { return Vec::new() };
    match value {
        Value::String(text) if text.contains(' ') => {
            std::iter::once(text.clone()).chain(text.split_whitespace().map(str::to_owned)).collect()
        }
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_named_by_brackets_or_dots() {
        let path = |name: &str| claim_path(name, "request.auth.claims");
        assert_eq!(path("request.auth.claims[a][b.c]"), Some(vec!["a".to_owned(), "b.c".to_owned()]));
        assert_eq!(path("request.auth.claims.a.b"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(path("request.auth.claims"), None);
        assert_eq!(path("request.auth.audiences"), None);
        let claims = json!({ "a": { "b": ["x", 1, "y"] }, "scope": "read write", "n": 3, "o": {} });
        let values = |path: &[&str]| claim_values(&claims, &path.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(values(&["a", "b"]), ["x", "y"]);
        assert_eq!(values(&["scope"]), ["read write", "read", "write"]);
        assert_eq!((values(&["n"]), values(&["o"]), values(&["a", "z"])), (vec!["3".to_owned()], vec![], vec![]));
    }
}
