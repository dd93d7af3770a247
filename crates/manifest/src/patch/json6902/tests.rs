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
    check(
        r#"{"op": "add", "path": "/a/new", "value": {"x": [1]}}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null,"new":{"x":[1]}},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/a/b", "value": 2}"#,
        expect![[r#"{"a":{"b":2,"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/0", "value": "first"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["first","x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/3", "value": "last"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":0},"last"],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/-", "value": "last"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":0},"last"],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/-1", "value": "last"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `add /list/-1`: `/list` is a list, and `-1` is no index of a list
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":0},"last"],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/-4", "value": "first"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `add /list/-4`: `/list` is a list, and `-4` is no index of a list
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null},"list":["first","x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/list/4", "value": "beyond"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `add /list/4`: the list `/list` has 4 items, so index 4 is out of range"
        ],
    );
    check(
        r#"{"op": "add", "path": "/list/x", "value": "no index"}"#,
        expect!["operation 0 of the JSON 6902 patch, `add /list/x`: `/list` is a list, and `x` is no index of a list"],
    );
    check(
        r#"{"op": "add", "path": "/list/2/new", "value": 1}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"new":1,"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "/missing/b", "value": 1}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `add /missing/b`: the object has no `/missing`; check the path, which starts at the root of the object"
        ],
    );
    check(
        r#"{"op": "add", "path": "/a/missing/b", "value": 1}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `add /a/missing/b`: the object has no `/a/missing`; check the path, in which `/` inside of a key is written `~1`, or add `/a/missing` first"
        ],
    );
    check(
        r#"{"op": "add", "path": "/text/b", "value": 1}"#,
        expect!["operation 0 of the JSON 6902 patch, `add /text/b`: `/text` is a text, which has nothing below it"],
    );
    check(
        r#"{"op": "add", "path": "/", "value": "empty key"}"#,
        expect![[r#"{"":"empty key","a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "add", "path": "", "value": {"new": "root"}}"#,
        expect![[r#"
        rfc: {"new":"root"}
        kustomize: operation 0 of the JSON 6902 patch, `add `: the whole object cannot be removed or added; use `replace`"#]],
    );
    check(
        r#"{"op": "add", "path": "/a/b"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch: `add` needs a `value`
        kustomize: {"a":{"b":null,"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
}

#[test]
fn remove() {
    check(
        r#"{"op": "remove", "path": "/a/b"}"#,
        expect![[r#"{"a":{"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/a/c~1d"}"#,
        expect![[r#"{"a":{"b":1,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/a/e~0f"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/list/1"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/list/01"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `remove /list/01`: `/list` is a list, and `01` is no index of a list
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null},"list":["x",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/list/-1"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `remove /list/-1`: `/list` is a list, and `-1` is no index of a list
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y"],"text":"t"}"#]],
    );
    check(
        r#"{"op": "remove", "path": "/list/3"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `remove /list/3`: the list `/list` has 3 items, so index 3 is out of range"
        ],
    );
    check(
        r#"{"op": "remove", "path": "/list/-"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `remove /list/-`: `/list` is a list, and `-` is no index of a list"
        ],
    );
    check(
        r#"{"op": "remove", "path": "/a/c/d"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `remove /a/c/d`: the object has no `/a/c`; check the path, in which `/` inside of a key is written `~1`, or add `/a/c` first"
        ],
    );
    check(
        r#"{"op": "remove", "path": ""}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `remove `: the whole object cannot be removed or added; use `replace`"
        ],
    );
}

#[test]
fn replace() {
    check(
        r#"{"op": "replace", "path": "/a/b", "value": [1]}"#,
        expect![[r#"{"a":{"b":[1],"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "replace", "path": "/a/new", "value": 1}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `replace /a/new`: the object has no `/a/new`; check the path, in which `/` inside of a key is written `~1`, or add `/a/new` first
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null,"new":1},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "replace", "path": "/list/-1", "value": 1}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `replace /list/-1`: `/list` is a list, and `-1` is no index of a list
        kustomize: {"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",1],"text":"t"}"#]],
    );
    check(
        r#"{"op": "replace", "path": "/list/3", "value": 1}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `replace /list/3`: the list `/list` has 3 items, so index 3 is out of range"
        ],
    );
    check(
        r#"{"op": "replace", "path": "/list/2/z", "value": 1}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":1}],"text":"t"}"#]],
    );
    check(r#"{"op": "replace", "path": "", "value": {"new": "root"}}"#, expect![[r#"{"new":"root"}"#]]);
}

#[test]
fn move_and_copy() {
    check(
        r#"{"op": "move", "from": "/a/b", "path": "/list/0"}"#,
        expect![[r#"{"a":{"c/d":2,"e~f":null},"list":[1,"x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "move", "from": "/list/0", "path": "/list/2"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["y",{"z":0},"x"],"text":"t"}"#]],
    );
    check(
        r#"{"op": "move", "from": "/a", "path": "/a/b"}"#,
        expect!["operation 0 of the JSON 6902 patch, `move /a/b`: a value cannot be moved into itself"],
    );
    check(
        r#"{"op": "move", "from": "/a", "path": "/a"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "move", "from": "/missing", "path": "/a"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `move /a`: the object has no `/missing`; check the path, which starts at the root of the object"
        ],
    );
    check(
        r#"{"op": "copy", "from": "/list/2", "path": "/a/b"}"#,
        expect![[r#"{"a":{"b":{"z":0},"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "copy", "from": "/a", "path": "/a/b"}"#,
        expect![[r#"{"a":{"b":{"b":1,"c/d":2,"e~f":null},"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "copy", "from": "/missing", "path": "/a/b"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `copy /a/b`: the object has no `/missing`; check the path, which starts at the root of the object
        kustomize: {"a":{"b":null,"c/d":2,"e~f":null},"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(r#"{"op": "copy", "path": "/a/b"}"#, expect!["operation 0 of the JSON 6902 patch: `from` is missing"]);
}

#[test]
fn test() {
    check(
        r#"{"op": "test", "path": "/a/b", "value": 1}, {"op": "remove", "path": "/a"}"#,
        expect![[r#"{"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "test", "path": "/a/b", "value": 2}, {"op": "remove", "path": "/a"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `test /a/b`: the value is not the one that is tested for: the object has changed, or another patch came first"
        ],
    );
    check(
        r#"{"op": "test", "path": "/a/b", "value": "1"}"#,
        expect![
            "operation 0 of the JSON 6902 patch, `test /a/b`: the value is not the one that is tested for: the object has changed, or another patch came first"
        ],
    );
    check(
        r#"{"op": "test", "path": "/list/2", "value": {"z": 0}}, {"op": "remove", "path": "/list"}"#,
        expect![[r#"{"a":{"b":1,"c/d":2,"e~f":null},"text":"t"}"#]],
    );
    check(
        r#"{"op": "test", "path": "/a/missing", "value": null}, {"op": "remove", "path": "/a"}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `test /a/missing`: the object has no `/a/missing`; check the path, in which `/` inside of a key is written `~1`, or add `/a/missing` first
        kustomize: {"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
    check(
        r#"{"op": "test", "path": "/a/missing", "value": 1}"#,
        expect![[r#"
        rfc: operation 0 of the JSON 6902 patch, `test /a/missing`: the object has no `/a/missing`; check the path, in which `/` inside of a key is written `~1`, or add `/a/missing` first
        kustomize: operation 0 of the JSON 6902 patch, `test /a/missing`: the value is not the one that is tested for: the object has changed, or another patch came first"#]],
    );
    check(
        r#"{"op": "test", "path": "/a/e~0f", "value": null}, {"op": "remove", "path": "/a"}"#,
        expect![[r#"{"list":["x","y",{"z":0}],"text":"t"}"#]],
    );
}

#[test]
fn what_is_no_patch_is_refused() {
    check(
        r#"{"op": "remove", "path": "/a"}, 1"#,
        expect![
            "operation 1 of the JSON 6902 patch: an operation is an object with `op` and `path`, and this is a number"
        ],
    );
    check(r#"{"path": "/a"}"#, expect!["operation 0 of the JSON 6902 patch: `op` is missing"]);
    check(
        r#"{"op": "merge", "path": "/a"}"#,
        expect![
            "operation 0 of the JSON 6902 patch: `op` is `merge`; it can be `add`, `remove`, `replace`, `move`, `copy` or `test`"
        ],
    );
    check(r#"{"op": "remove"}"#, expect!["operation 0 of the JSON 6902 patch: `path` is missing"]);
    check(
        r#"{"op": "remove", "path": 1}"#,
        expect!["operation 0 of the JSON 6902 patch: `path` is a number, not a text"],
    );
    check(
        r#"{"op": "remove", "path": "a/b"}"#,
        expect!["operation 0 of the JSON 6902 patch: `path` is `a/b`, which does not start with `/`"],
    );
    let error = apply(target(), &json!({"op": "remove"}), Dialect::Rfc).expect_err("no list");
    expect!["a JSON 6902 patch is a list of operations, and this is an object"].assert_eq(&error.to_string());
}

#[test]
fn copies_of_copies_are_bounded() {
    let double = json!({"op": "copy", "from": "/list", "path": "/list/-"});
    let patch = Value::Array(vec![double; 64]);
    let error = apply(target(), &patch, Dialect::Kustomize).expect_err("too large");
    expect!["operation 17 of the JSON 6902 patch, `copy /list/-`: the patch copies more than 3145728 bytes"]
        .assert_eq(&error.to_string());
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
