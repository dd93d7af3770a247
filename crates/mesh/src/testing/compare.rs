//! Whether an answer says what is expected of it.

use manifest::Value;

/// Every difference, each with the path where it is. Members that are not expected may be anything; lists have the length
/// that is expected; `host` may leave out what the cluster's domain adds.
pub(super) fn differences(expected: &Value, actual: &Value, cluster_domain: &str) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, actual, "", cluster_domain, &mut found);
    found
}

fn compare(expected: &Value, actual: &Value, path: &str, domain: &str, found: &mut Vec<String>) {
    let at = if path.is_empty() { "the answer" } else { path };
    match (expected, actual) {
        (Value::Object(members), _) => {
            for (name, expected) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (actual.get(name), expected) {
                    (Some(actual), expected) => compare(expected, actual, &below, domain, found),
                    (None, Value::Null) => {}
                    (None, expected) => found.push(format!("{below}: expected {expected}, and there is none")),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.len() != actual.len() {
                let listed = Value::Array(actual.clone());
                found.push(format!("{at}: expected {} items, found {}: {listed}", expected.len(), actual.len()));
                return;
            }
            for (position, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(expected, actual, &format!("{path}[{position}]"), domain, found);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        (Value::String(one), Value::String(other)) if path.ends_with("host") && same_host(one, other, domain) => {}
        (expected, actual) if expected == actual => {}
        (expected, actual) => found.push(format!("{at}: expected {expected}, found {actual}")),
    }
}

fn same_host(one: &str, other: &str, domain: &str) -> bool {
    let short =
        |host: &str| host.strip_suffix(domain).and_then(|host| host.strip_suffix(".svc.")).unwrap_or(host).to_owned();
    short(one) == short(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_expected_is_compared() {
        let actual = json!({ "a": 1.0, "host": "b.c.svc.cluster.local", "list": [{ "x": 1, "y": 2 }], "z": true });
        let found = |expected: Value| differences(&expected, &actual, "cluster.local");
        assert_eq!(
            found(json!({ "a": 1, "host": "b.c", "list": [{ "y": 2 }], "missing": null })),
            Vec::<String>::new()
        );
        assert_eq!(found(json!({ "a": 2 })), ["a: expected 2, found 1.0"]);
        assert_eq!(found(json!({ "list": [] })), [r#"list: expected 0 items, found 1: [{"x":1,"y":2}]"#]);
        assert_eq!(found(json!({ "list": [{ "x": 3 }] })), ["list[0].x: expected 3, found 1"]);
        assert_eq!(found(json!({ "w": "v" })), [r#"w: expected "v", and there is none"#]);
        assert_eq!(found(json!({ "z": null })), ["z: expected null, found true"]);
    }
}
