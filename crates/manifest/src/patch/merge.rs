//! JSON Merge Patch (RFC 7386): members of the patch replace those of the object, objects merge, null removes.

use serde_json::{Map, Value};

/// `target` after `patch`.
pub fn apply(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut members = match target {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    for (key, change) in changes {
        if change.is_null() {
            members.remove(key);
        } else {
            // A member that is not there yet still goes through the merge, which drops the nulls inside of it.
            let merged = apply(members.remove(key).unwrap_or(Value::Null), change);
            members.insert(key.clone(), merged);
        }
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::test_runner::Config as ProptestConfig;
    use proptest::{prop_assert_eq, proptest};
    use serde_json::json;

    use super::*;
    use crate::yaml::arbitrary;

    #[track_caller]
    fn check(target: Value, patch: Value, expected: Expect) {
        expected.assert_eq(&apply(target, &patch).to_string());
    }

    /// The test cases of the RFC's appendix.
    #[test]
    fn the_cases_of_the_rfc() {
        check(json!({"a": "b"}), json!({"a": "c"}), expect![[r#"{"a":"c"}"#]]);
        check(json!({"a": "b"}), json!({"b": "c"}), expect![[r#"{"a":"b","b":"c"}"#]]);
        check(json!({"a": "b"}), json!({"a": null}), expect!["{}"]);
        check(json!({"a": "b", "b": "c"}), json!({"a": null}), expect![[r#"{"b":"c"}"#]]);
        check(json!({"a": ["b"]}), json!({"a": "c"}), expect![[r#"{"a":"c"}"#]]);
        check(json!({"a": "c"}), json!({"a": ["b"]}), expect![[r#"{"a":["b"]}"#]]);
        check(json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), expect![[r#"{"a":{"b":"d"}}"#]]);
        check(json!({"a": [{"b": "c"}]}), json!({"a": [1]}), expect![[r#"{"a":[1]}"#]]);
        check(json!(["a", "b"]), json!(["c", "d"]), expect![[r#"["c","d"]"#]]);
        check(json!({"a": "b"}), json!(["c"]), expect![[r#"["c"]"#]]);
        check(json!({"a": "foo"}), json!(null), expect!["null"]);
        check(json!({"a": "foo"}), json!("bar"), expect![[r#""bar""#]]);
        check(json!({"e": null}), json!({"a": 1}), expect![[r#"{"a":1,"e":null}"#]]);
        check(json!([1, 2]), json!({"a": "b", "c": null}), expect![[r#"{"a":"b"}"#]]);
        check(json!({}), json!({"a": {"bb": {"ccc": null}}}), expect![[r#"{"a":{"bb":{}}}"#]]);
    }

    #[test]
    fn lists_are_replaced_with_what_they_hold() {
        check(json!({"a": [{"b": 1}]}), json!({"a": [{"b": null}]}), expect![[r#"{"a":[{"b":null}]}"#]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn applying_twice_is_applying_once(target in arbitrary::value(), patch in arbitrary::value()) {
            let once = apply(target, &patch);
            prop_assert_eq!(apply(once.clone(), &patch), once);
        }

        #[test]
        fn an_empty_patch_changes_nothing(target in arbitrary::object()) {
            prop_assert_eq!(apply(target.clone(), &json!({})), target);
        }
    }
}
