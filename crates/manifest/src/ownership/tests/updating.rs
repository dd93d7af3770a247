//! Create, update and patch.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Script, deployment, object};
use crate::ownership::ManagedFields;

#[track_caller]
fn check(script: Script, expected: Expect) {
    expected.assert_eq(&script.show());
}

#[test]
fn the_creator_owns_everything() {
    check(Script::new().update("c", json!({"number": 1, "map": {"k": "v"}, "items": [{"name": "x", "value": "1"}], "set": ["s"], "list": ["l"], "whole": {"a": "x"}})), expect![[r#"
        {"items":[{"name":"x","value":"1"}],"list":["l"],"map":{"k":"v"},"number":1,"set":["s"],"whole":{"a":"x"}}
        c Update 1: .spec .spec.items .spec.list .spec.map .spec.number .spec.set .spec.whole .spec.items[name="x"] .spec.items[name="x"].name .spec.items[name="x"].value .spec.map.k .spec.set[="s"]"#]]);
}

#[test]
fn who_changes_a_field_owns_it() {
    check(
        Script::new().apply("a", json!({"number": 1, "text": "t"})).update("u", json!({"number": 2, "text": "t"})),
        expect![[r#"
            {"number":2,"text":"t"}
            a Apply 1: .spec.text
            u Update 2: .spec.number"#]],
    );
    check(
        Script::new()
            .update("u", json!({"number": 1}))
            .update("v", json!({"number": 1, "text": "t"}))
            .update("u", json!({"number": 3, "text": "t"})),
        expect![[r#"
            {"number":3,"text":"t"}
            v Update 2: .spec.text
            u Update 3: .spec .spec.number"#]],
    );
}

#[test]
fn who_removes_a_field_owns_nothing_of_it() {
    check(
        Script::new().apply("a", json!({"number": 1, "map": {"k": "v"}})).update("u", json!({"number": 1})),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    check(
        Script::new()
            .apply("a", json!({"items": [{"name": "x", "value": "1"}, {"name": "y"}]}))
            .update("u", json!({"items": [{"name": "y"}]})),
        expect![[r#"
            {"items":[{"name":"y"}]}
            a Apply 1: .spec.items[name="y"] .spec.items[name="y"].name"#]],
    );
}

#[test]
fn an_update_that_changes_nothing_leaves_no_trace() {
    check(
        Script::new().apply("a", json!({"number": 1})).update("u", json!({"number": 1})),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    // 1 and 1.0 are the same value.
    check(
        Script::new().apply("a", json!({"number": 1})).update("u", json!({"number": 1.0})),
        expect![[r#"
        {"number":1.0}
        a Apply 1: .spec.number"#]],
    );
}

#[test]
fn managed_fields_can_be_edited_and_reset() {
    let with = |managed: Value| {
        let mut new = object(json!({"number": 1}));
        new["metadata"]["managedFields"] = managed;
        new
    };
    let applied = || Script::new().apply("a", json!({"number": 1}));
    check(applied().update_object("u", with(json!([]))), expect![[r#"{"number":1}"#]]);
    check(applied().update_object("u", with(json!([{}]))), expect![[r#"{"number":1}"#]]);
    check(
        applied().update_object("u", with(json!(null))),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    check(
        applied().update_object("u", with(json!("garbage"))),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    check(
        applied().update_object(
            "u",
            with(json!([{"manager": "z", "operation": "Apply", "apiVersion": "example.com/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:number": {}}}}])),
        ),
        expect![[r#"
            {"number":1}
            z Apply -: .spec.number"#]],
    );
    // Not through a subresource.
    check(
        applied().through("status").update_object("u", with(json!([]))),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
}

#[test]
fn an_object_that_nobody_is_tracked_for_stays_so() {
    check(
        Script::new().starting_from(object(json!({"number": 1}))).update("u", json!({"number": 2})),
        expect![[r#"{"number":2}"#]],
    );
}

#[test]
fn the_oldest_of_many_updaters_are_merged() {
    let mut script = Script::new();
    for index in 1..=12 {
        let spec: serde_json::Map<String, Value> = (1..=index).map(|key| (format!("k{key}"), json!("v"))).collect();
        script = script.update(&format!("u{index}"), json!({ "map": spec }));
    }
    let managed = ManagedFields::of(script.live()).expect("managed fields");
    let managers: Vec<&str> = managed.entries().iter().map(|entry| entry.manager.as_str()).collect();
    expect!["ancient-changes u4 u5 u6 u7 u8 u9 u10 u11 u12"].assert_eq(&managers.join(" "));
    expect![".spec .spec.map .spec.map.k1 .spec.map.k2 .spec.map.k3"]
        .assert_eq(&managed.entries()[0].fields.names().join(" "));
}

#[test]
fn a_deployment_as_the_api_server_records_its_creation() {
    let manifest = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod", "labels": {"app": "web"}, "uid": "1", "generation": 1},
        "spec": {
            "replicas": 1, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [{"name": "web", "image": "web:1", "imagePullPolicy": "IfNotPresent", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]}],
                    "securityContext": {}, "dnsPolicy": "ClusterFirst",
                },
            },
        },
    });
    let script = Script::of(deployment()).update_object("kubectl-create", manifest);
    let managed = ManagedFields::of(script.live()).expect("managed fields");
    expect![[r#"{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:progressDeadlineSeconds":{},"f:replicas":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{},"f:maxUnavailable":{}},"f:type":{}},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},"f:resources":{}}},"f:dnsPolicy":{},"f:securityContext":{}}}}}"#]].assert_eq(&managed.entries()[0].fields.encode_text());
}
