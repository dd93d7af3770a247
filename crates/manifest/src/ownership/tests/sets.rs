//! Sets and what they select.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{custom, object};
use crate::ownership::FieldSet;

fn set(fields: Value) -> FieldSet {
    FieldSet::decode(&fields).expect("fields")
}

#[test]
fn operations() {
    let left = set(json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
    let right = set(json!({"f:a": {"f:b": {}, "f:d": {}}, "f:c": {"f:e": {}}}));
    let shown = [
        left.union(&right),
        left.intersection(&right),
        left.difference(&right),
        right.difference(&left),
        left.recursive_difference(&right),
        right.recursive_difference(&left),
        left.union(&right).leaves(),
    ];
    let shown: Vec<String> = shown.iter().map(FieldSet::encode_text).collect();
    expect![[r#"
        {"f:a":{".":{},"f:b":{},"f:d":{}},"f:c":{".":{},"f:e":{}}}
        {"f:a":{"f:b":{}}}
        {"f:a":{},"f:c":{}}
        {"f:a":{"f:d":{}},"f:c":{"f:e":{}}}
        {"f:a":{},"f:c":{}}
        {}
        {"f:a":{"f:b":{},"f:d":{}},"f:c":{"f:e":{}}}"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(left.len(), 3);
}

#[track_caller]
fn mentions(spec: Value, expected: Expect) {
    let set = FieldSet::of(&json!({"spec": spec}), &custom());
    expected.assert_eq(&set.names().join(" "));
}

#[test]
fn what_a_value_mentions() {
    mentions(json!({}), expect![".spec"]);
    mentions(json!(null), expect![".spec"]);
    mentions(
        json!({"number": 1, "text": null, "struct": {"a": "x"}}),
        expect![".spec.number .spec.text .spec.struct.a"],
    );
    mentions(
        json!({"map": {"k": "v"}, "free": {"x": {"y": [1]}}, "any": [1], "unknown": {"z": 1}}),
        expect![".spec.any .spec.unknown .spec.free.x .spec.free.x.y .spec.map.k .spec.unknown.z"],
    );
    mentions(
        json!({"whole": {"a": "x"}, "list": ["x"], "set": ["x", "y"], "items": []}),
        expect![[r#".spec.list .spec.whole .spec.set[="x"] .spec.set[="y"]"#]],
    );
    mentions(
        json!({"items": [{"name": "x", "set": ["s"]}], "ports": [{"port": 80}]}),
        expect![[
            r#".spec.items[name="x"] .spec.items[name="x"].name .spec.items[name="x"].set[="s"] .spec.ports[port=80,protocol="TCP"] .spec.ports[port=80,protocol="TCP"].port"#
        ]],
    );
    // Items that cannot be told apart are owned together.
    mentions(
        json!({"items": [{"name": "x", "value": "1"}, {"name": "x", "value": "2"}, {"name": "y"}]}),
        expect![[r#".spec.items[name="x"] .spec.items[name="y"] .spec.items[name="y"].name"#]],
    );
}

#[track_caller]
fn project(fields: Value, expected: Expect) {
    let live = object(json!({
        "number": 1, "text": "t", "map": {"k": "v", "l": "w"}, "set": ["x", "y"], "list": ["l"], "whole": {"a": "b"},
        "items": [{"name": "x", "value": "1", "map": {"k": "v"}}, {"name": "y", "value": "2"}],
        "ports": [{"port": 80, "name": "web"}],
    }));
    expected.assert_eq(&set(json!({ "f:spec": fields })).project(&live, &custom())["spec"].to_string());
}

#[test]
fn the_part_of_an_object_that_a_set_covers() {
    project(json!({"f:number": {}, "f:gone": {}}), expect![[r#"{"number":1}"#]]);
    project(
        json!({"f:map": {"f:k": {}}, "f:set": {"v:\"y\"": {}}, "f:list": {}, "f:whole": {}}),
        expect![[r#"{"list":["l"],"map":{"k":"v"},"set":["y"],"whole":{"a":"b"}}"#]],
    );
    project(
        json!({"f:items": {"k:{\"name\":\"x\"}": {"f:value": {}}}}),
        expect![[r#"{"items":[{"name":"x","value":"1"}]}"#]],
    );
    project(
        json!({"f:items": {"k:{\"name\":\"y\"}": {".": {}, "f:name": {}}}}),
        expect![[r#"{"items":[{"name":"y"}]}"#]],
    );
    project(
        json!({"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:name": {}}}}),
        expect![[r#"{"ports":[{"name":"web","port":80}]}"#]],
    );
    project(json!({"f:map": {}}), expect![[r#"{"map":{}}"#]]);
    project(json!({"f:gone": {}}), expect!["{}"]);
}
