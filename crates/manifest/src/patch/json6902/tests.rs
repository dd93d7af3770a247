use expect_test::{Expect, expect};
use proptest::test_runner::Config as ProptestConfig;
use proptest::{prop_assert, prop_assert_eq, proptest};
use serde_json::json;

use super::*;
use crate::yaml::arbitrary;

fn target() -> Value {
    json!({"a": {"b": 1, "c/d": 2, "e~f": null}, "list": ["x", "y", {"z": 0}], "text": "t"})
}

/// What the operations, a JSON list without its brackets, make of [`target`]; by the RFC and by kustomize if they
/// differ.
#[track_caller]
fn check(operations: &str, expected: Expect) {
    let patch: Value = serde_json::from_str(&format!("[{operations}]")).expect("valid JSON");
    let run = |dialect| match apply(target(), &patch, dialect) {
        Ok(patched) => patched.to_string(),
        Err(error) => error.to_string(),
    };
    let (rfc, kustomize) = (run(Dialect::Rfc), run(Dialect::Kustomize));
    expected.assert_eq(&if rfc == kustomize { rfc } else { format!("rfc: {rfc}\nkustomize: {kustomize}") });
}

#[test]
fn add() {
    check(r#"{"op": "add", "path": "/a/new", "value": {"x": [1]}}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/a/b", "value": 2}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/0", "value": "first"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/3", "value": "last"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/-", "value": "last"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/-1", "value": "last"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/-4", "value": "first"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/4", "value": "beyond"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/x", "value": "no index"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/list/2/new", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/missing/b", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/a/missing/b", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/text/b", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/", "value": "empty key"}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "", "value": {"new": "root"}}"#, expect![[""]]);
    check(r#"{"op": "add", "path": "/a/b"}"#, expect![[""]]);
}

#[test]
fn remove() {
    check(r#"{"op": "remove", "path": "/a/b"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/a/c~1d"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/a/e~0f"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/list/1"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/list/01"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/list/-1"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/list/3"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/list/-"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "/a/c/d"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": ""}"#, expect![[""]]);
}

#[test]
fn replace() {
    check(r#"{"op": "replace", "path": "/a/b", "value": [1]}"#, expect![[""]]);
    check(r#"{"op": "replace", "path": "/a/new", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "replace", "path": "/list/-1", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "replace", "path": "/list/3", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "replace", "path": "/list/2/z", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "replace", "path": "", "value": {"new": "root"}}"#, expect![[""]]);
}

#[test]
fn move_and_copy() {
    check(r#"{"op": "move", "from": "/a/b", "path": "/list/0"}"#, expect![[""]]);
    check(r#"{"op": "move", "from": "/list/0", "path": "/list/2"}"#, expect![[""]]);
    check(r#"{"op": "move", "from": "/a", "path": "/a/b"}"#, expect![[""]]);
    check(r#"{"op": "move", "from": "/a", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "move", "from": "/missing", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "copy", "from": "/list/2", "path": "/a/b"}"#, expect![[""]]);
    check(r#"{"op": "copy", "from": "/a", "path": "/a/b"}"#, expect![[""]]);
    check(r#"{"op": "copy", "from": "/missing", "path": "/a/b"}"#, expect![[""]]);
    check(r#"{"op": "copy", "path": "/a/b"}"#, expect![[""]]);
}

#[test]
fn test() {
    check(r#"{"op": "test", "path": "/a/b", "value": 1}, {"op": "remove", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/a/b", "value": 2}, {"op": "remove", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/a/b", "value": "1"}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/list/2", "value": {"z": 0}}, {"op": "remove", "path": "/list"}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/a/missing", "value": null}, {"op": "remove", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/a/missing", "value": 1}"#, expect![[""]]);
    check(r#"{"op": "test", "path": "/a/e~0f", "value": null}, {"op": "remove", "path": "/a"}"#, expect![[""]]);
}

#[test]
fn what_is_no_patch_is_refused() {
    check(r#"{"op": "remove", "path": "/a"}, 1"#, expect![[""]]);
    check(r#"{"path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "merge", "path": "/a"}"#, expect![[""]]);
    check(r#"{"op": "remove"}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": 1}"#, expect![[""]]);
    check(r#"{"op": "remove", "path": "a/b"}"#, expect![[""]]);
    let error = apply(target(), &json!({"op": "remove"}), Dialect::Rfc).expect_err("no list");
    expect![[""]].assert_eq(&error.to_string());
}

#[test]
fn copies_of_copies_are_bounded() {
    let double = json!({"op": "copy", "from": "/a", "path": "/a/b"});
    let patch = Value::Array(vec![double; 64]);
    let error = apply(json!({"a": {"b": "x".repeat(1000)}}), &patch, Dialect::Kustomize).expect_err("too large");
    expect![[""]].assert_eq(&error.to_string());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_added_can_be_tested_and_removed(
        target in arbitrary::object(),
        key in arbitrary::text(),
        value in arbitrary::value(),
    ) {
        let path = pointer::join(std::slice::from_ref(&key));
        for dialect in [Dialect::Rfc, Dialect::Kustomize] {
            let added = apply(target.clone(), &json!([
                {"op": "add", "path": path, "value": value},
                {"op": "test", "path": path, "value": value},
            ]), dialect);
            let mut expected = target.clone();
            expected[&key] = value.clone();
            prop_assert_eq!(added.clone(), Ok(expected.clone()));
            let removed = apply(expected, &json!([{"op": "remove", "path": path}]), dialect).expect("it is there");
            prop_assert!(removed.get(&key).is_none());
        }
    }

    #[test]
    fn pointers_are_written_as_they_are_read(path in "(/[a-z0-9~/]{0,4}){0,4}") {
        let canonical = Pointer::parse(&path).expect("starts with a slash or is empty").to_string();
        prop_assert_eq!(Pointer::parse(&canonical), Pointer::parse(&path));
    }
}
