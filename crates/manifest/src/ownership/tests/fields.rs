//! `fieldsV1` and `managedFields` as JSON.

use expect_test::expect;
use serde_json::{Value, json};

use crate::ownership::{FieldSet, ManagedFields, ManagedFieldsError};

#[track_caller]
fn round_trip(text: &str) {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let set = FieldSet::decode(&value).expect("fields");
    assert_eq!(set.encode_text(), text);
    assert_eq!(FieldSet::decode(&set.encode()).expect("fields"), set);
}

#[test]
fn the_text_form_round_trips() {
    round_trip("{}");
    round_trip(r#"{"f:a":{}}"#);
    round_trip(r#"{"f:a":{".":{},"f:b":{}}}"#);
    round_trip(r#"{"f:a":{"f:b":{"f:c":{}}}}"#);
    round_trip(
        r#"{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}},"k:{\"port\":443,\"protocol\":\"TCP\"}":{}}}"#,
    );
    round_trip(r#"{"f:set":{"v:9":{},"v:10":{},"v:\"a\"":{},"v:true":{}}}"#);
    round_trip(r#"{"f:list":{"i:0":{},"i:10":{}}}"#);
    round_trip(r#"{"f:a.b/c":{},"f:k:v":{}}"#);
    round_trip(r#"{"k:{\"name\":\"\\u003cx\\u003e\"}":{}}"#);
}

#[test]
fn steps_of_a_kind_that_is_not_known_are_dropped() {
    let set = FieldSet::decode(&json!({"f:a": {}, "x:b": {"f:c": {}}})).expect("fields");
    assert_eq!(set.names(), [".a"]);
}

#[test]
fn a_parent_without_a_dot_is_no_member() {
    let set = FieldSet::decode(&json!({"f:a": {"f:b": {}}, "f:c": {".": {}}})).expect("fields");
    assert_eq!(set.names(), [".c", ".a.b"]);
}

#[test]
fn paths_are_shown_as_the_api_server_shows_them() {
    let set = FieldSet::decode(&json!({"f:spec": {
        "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:name": {}}}, "f:set": {"v:\"x\"": {}, "v:1": {}}, "f:list": {"i:2": {}}}}))
    .expect("fields");
    expect![[r#"
        .spec.list[2]
        .spec.ports[port=80,protocol="TCP"].name
        .spec.set[=1]
        .spec.set[="x"]"#]]
    .assert_eq(&set.names().join("\n"));
}

#[track_caller]
fn problem(list: Value) -> String {
    ManagedFields::decode(&list).expect_err("a problem").to_string()
}

#[test]
fn what_is_wrong_with_managed_fields_is_said() {
    let entry = |key: &str, value: Value| {
        let mut entry =
            json!({"manager": "m", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}});
        entry[key] = value;
        json!([entry])
    };
    let problems = [
        problem(json!({})),
        problem(entry("operation", json!("Create"))),
        problem(entry("apiVersion", json!(""))),
        problem(entry("fieldsType", json!(null))),
        problem(entry("fieldsType", json!("FieldsV2"))),
        problem(entry("fieldsV1", json!([]))),
        problem(entry("fieldsV1", json!({"f": {}}))),
        problem(entry("fieldsV1", json!({"k:{": {}}))),
        problem(entry("fieldsV1", json!({"i:x": {}}))),
    ];
    expect![[r#"
        metadata.managedFields must be a list of entries, found {}
        metadata.managedFields[0]: operation must be `Apply` or `Update`
        metadata.managedFields[0]: apiVersion must not be empty
        metadata.managedFields[0]: missing fieldsType, which must be `FieldsV1`
        metadata.managedFields[0]: invalid fieldsType "FieldsV2", which must be `FieldsV1`
        fieldsV1 must be an object of path elements, found []
        `f` is no path element: expected `f:name`, `k:{…}`, `v:…` or `i:number`
        `k:{` is no path element: expected `f:name`, `k:{…}`, `v:…` or `i:number`
        `i:x` is no path element: expected `f:name`, `k:{…}`, `v:…` or `i:number`"#]]
    .assert_eq(&problems.join("\n"));
}

#[test]
fn sets_that_nest_without_end_are_refused() {
    let mut deep = json!({});
    for _ in 0..600 {
        deep = json!({ "f:a": deep });
    }
    assert_eq!(FieldSet::decode(&deep), Err(ManagedFieldsError::TooDeep));
}

#[test]
fn entries_are_sorted_as_the_api_server_sorts_them() {
    let entry = |manager: &str, operation: &str, api_version: &str, time: &str| json!({"manager": manager, "operation": operation, "apiVersion": api_version, "time": time, "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}}});
    let managed = ManagedFields::decode(&json!([
        entry("u2", "Update", "v1", "2026-01-01T00:00:02Z"),
        entry("u1", "Update", "v2", "2026-01-01T00:00:02Z"),
        entry("u1", "Update", "v1", "2026-01-01T00:00:02Z"),
        entry("u3", "Update", "v1", "2026-01-01T00:00:01Z"),
        entry("a2", "Apply", "v1", "2026-01-01T00:00:09Z"),
        entry("a1", "Apply", "v1", "2026-01-01T00:00:09Z"),
    ]))
    .expect("managed fields");
    let shown: Vec<String> =
        managed.entries().iter().map(|entry| format!("{} {}", entry.manager, entry.api_version)).collect();
    expect!["a1 v1, a2 v1, u3 v1, u1 v1, u1 v2, u2 v1"].assert_eq(&shown.join(", "));
}
