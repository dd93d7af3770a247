//! Server-side apply.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Script, deployment, object};
use crate::ownership::{ApplyError, Conflicts};

#[track_caller]
fn check(script: Script, expected: Expect) {
    expected.assert_eq(&script.show());
}

#[test]
fn the_applier_owns_what_it_sets() {
    check(
        Script::new().apply("a", json!({"number": 1, "struct": {"a": "x"}, "map": {"k": "v"}, "list": ["x"], "set": ["y"], "free": {"x": {"y": 1}}})),
        expect![[r#"
            {"free":{"x":{"y":1}},"list":["x"],"map":{"k":"v"},"number":1,"set":["y"],"struct":{"a":"x"}}
            a Apply 1: .spec.list .spec.number .spec.free.x .spec.free.x.y .spec.map.k .spec.set[="y"] .spec.struct.a"#]],
    );
}

#[test]
fn two_appliers_of_different_fields_do_not_meet() {
    check(
        Script::new().apply("a", json!({"number": 1})).apply("b", json!({"text": "t"})),
        expect![[r#"
        {"number":1,"text":"t"}
        a Apply 1: .spec.number
        b Apply 2: .spec.text"#]],
    );
}

#[test]
fn equal_values_are_shared_and_stay_until_the_last_owner_lets_go() {
    let shared = || Script::new().apply("a", json!({"number": 1, "text": "t"})).apply("b", json!({"number": 1}));
    check(
        shared(),
        expect![[r#"
        {"number":1,"text":"t"}
        b Apply -: .spec.number
        a Apply 1: .spec.number .spec.text"#]],
    );
    check(
        shared().apply("a", json!({"text": "t"})),
        expect![[r#"
        {"number":1,"text":"t"}
        b Apply -: .spec.number
        a Apply 1: .spec.text"#]],
    );
    check(
        shared().apply("a", json!({"text": "t"})).apply("b", json!({})),
        expect![[r#"
        {"text":"t"}
        a Apply 1: .spec.text
        b Apply 4: .spec"#]],
    );
}

#[test]
fn a_conflict_names_the_other_manager_and_the_field() {
    let mut script = Script::new().apply("a", json!({"number": 1}));
    expect![[r#"Apply failed with 1 conflict: conflict with "a": .spec.number"#]]
        .assert_eq(&script.refused("b", json!({"number": 2})));
    let mut script = Script::new().update("kubectl-edit", json!({"number": 1}));
    expect![[r#"Apply failed with 1 conflict: conflict with "kubectl-edit" using example.com/v1: .spec.number"#]]
        .assert_eq(&script.refused("b", json!({"number": 2})));
    let mut script = Script::new().through("scale").update("autoscaler", json!({"number": 1})).through("");
    expect![[r#"Apply failed with 1 conflict: conflict with "autoscaler" with subresource "scale" using example.com/v1: .spec.number"#]].assert_eq(&script.refused("b", json!({"number": 2})));
    let mut script = Script::new()
        .apply("a", json!({"number": 1, "items": [{"name": "x", "value": "1"}], "set": ["s"], "ports": [{"port": 80, "name": "web"}]}))
        .update("editor", json!({"number": 1, "text": "t", "items": [{"name": "x", "value": "1"}], "set": ["s"], "ports": [{"port": 80, "name": "web"}]}));
    expect![[r#"
        Apply failed with 4 conflicts: conflicts with "a":
        - .spec.number
        - .spec.items[name="x"].value
        - .spec.ports[port=80,protocol="TCP"].name
        conflicts with "editor" using example.com/v1:
        - .spec.text"#]].assert_eq(&script.refused(
        "b",
        json!({"number": 2, "text": "u", "items": [{"name": "x", "value": "2"}], "set": ["s"], "ports": [{"port": 80, "name": "other"}]}),
    ));
}

#[test]
fn force_takes_fields_over() {
    check(
        Script::new().apply("a", json!({"number": 1, "text": "t"})).force("b", json!({"number": 2})),
        expect![[r#"
        {"number":2,"text":"t"}
        a Apply 1: .spec.text
        b Apply 2: .spec.number"#]],
    );
    // The field stays when its former owner stops applying it.
    check(
        Script::new()
            .apply("a", json!({"number": 1, "text": "t"}))
            .force("b", json!({"number": 2}))
            .apply("a", json!({"text": "t"})),
        expect![[r#"
            {"number":2,"text":"t"}
            a Apply 1: .spec.text
            b Apply 2: .spec.number"#]],
    );
}

#[test]
fn what_is_no_longer_applied_goes() {
    check(
        Script::new()
            .apply("a", json!({"number": 1, "text": "t", "struct": {"a": "x", "b": "y"}, "map": {"k": "v", "l": "w"}, "set": ["x", "y"], "list": ["z"]}))
            .apply("a", json!({"number": 1, "struct": {"a": "x"}, "map": {"l": "w"}, "set": ["y"]})),
        expect![[r#"
            {"map":{"l":"w"},"number":1,"set":["y"],"struct":{"a":"x"}}
            a Apply 2: .spec.number .spec.map.l .spec.set[="y"] .spec.struct.a"#]],
    );
    check(
        Script::new()
            .apply("a", json!({"set": ["x"], "map": {"k": "v"}, "number": 1}))
            .apply("a", json!({"number": 1})),
        expect![[r#"
        {"number":1}
        a Apply 2: .spec.number"#]],
    );
}

#[test]
fn items_of_keyed_lists_come_and_go() {
    let two = || Script::new().apply("a", json!({"items": [{"name": "x", "value": "1"}, {"name": "y", "value": "2"}]}));
    check(
        two().apply("a", json!({"items": [{"name": "y", "value": "2"}]})),
        expect![[r#"
        {"items":[{"name":"y","value":"2"}]}
        a Apply 2: .spec.items[name="y"] .spec.items[name="y"].name .spec.items[name="y"].value"#]],
    );
    // An item in which somebody else owns a field stays, with its key and that field.
    check(
        two()
            .apply("b", json!({"items": [{"name": "x", "map": {"k": "v"}}]}))
            .apply("a", json!({"items": [{"name": "y", "value": "2"}]})),
        expect![[r#"
            {"items":[{"map":{"k":"v"},"name":"x"},{"name":"y","value":"2"}]}
            b Apply 2: .spec.items[name="x"] .spec.items[name="x"].name .spec.items[name="x"].map.k
            a Apply 3: .spec.items[name="y"] .spec.items[name="y"].name .spec.items[name="y"].value"#]],
    );
    check(
        two()
            .update(
                "c",
                json!({"items": [{"name": "x", "value": "1", "map": {"k": "v"}}, {"name": "y", "value": "2"}]}),
            )
            .apply("a", json!({"items": [{"name": "y", "value": "2"}]})),
        expect![[r#"
            {"items":[{"name":"y","value":"2"}]}
            a Apply 3: .spec.items[name="y"] .spec.items[name="y"].name .spec.items[name="y"].value"#]],
    );
}

#[test]
fn items_are_told_apart_by_default_values_of_keys() {
    check(
        Script::new()
            .apply(
                "a",
                json!({"ports": [{"port": 80, "name": "web"}, {"port": 80, "protocol": "UDP", "name": "quic"}]}),
            )
            .apply("b", json!({"ports": [{"port": 80, "protocol": "TCP", "name": "web"}]})),
        expect![[r#"
            {"ports":[{"name":"web","port":80,"protocol":"TCP"},{"name":"quic","port":80,"protocol":"UDP"}]}
            a Apply 1: .spec.ports[port=80,protocol="TCP"] .spec.ports[port=80,protocol="UDP"] .spec.ports[port=80,protocol="TCP"].name .spec.ports[port=80,protocol="TCP"].port .spec.ports[port=80,protocol="UDP"].name .spec.ports[port=80,protocol="UDP"].port .spec.ports[port=80,protocol="UDP"].protocol
            b Apply 2: .spec.ports[port=80,protocol="TCP"] .spec.ports[port=80,protocol="TCP"].name .spec.ports[port=80,protocol="TCP"].port .spec.ports[port=80,protocol="TCP"].protocol"#]],
    );
}

#[test]
fn the_applied_order_wins_where_it_says_something() {
    let names = |list: &[&str]| -> Value {
        json!({"items": list.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()})
    };
    let order = |live: &[&str], applied: &[&str]| -> String {
        let script = Script::new().update("u", names(live)).apply("a", names(applied));
        let items = script.live()["spec"]["items"].as_array().expect("a list").clone();
        items.iter().filter_map(|item| item["name"].as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order(&["a", "b", "c"], &["c", "a"]), "b c a");
    assert_eq!(order(&["a", "b", "c"], &["x", "a"]), "x a b c");
    assert_eq!(order(&["a", "b", "c"], &["a", "x"]), "a b c x");
    assert_eq!(order(&["a", "b", "c", "d"], &["a", "x", "c"]), "a b x c d");
    assert_eq!(order(&[], &["b", "a"]), "b a");
    assert_eq!(order(&["a", "b"], &[]), "a b");
}

#[test]
fn lists_and_objects_that_are_one_value_have_one_owner() {
    let mut script = Script::new().apply("a", json!({"whole": {"a": "x"}, "list": ["x"]}));
    expect![[r#"
        Apply failed with 2 conflicts: conflicts with "a":
        - .spec.list
        - .spec.whole"#]]
    .assert_eq(&script.refused("b", json!({"whole": {"b": "y"}, "list": ["x", "y"]})));
    check(
        script.force("b", json!({"whole": {"b": "y"}, "list": ["y"]})),
        expect![[r#"
        {"list":["y"],"whole":{"b":"y"}}
        b Apply 3: .spec.list .spec.whole"#]],
    );
}

#[test]
fn an_apply_that_changes_nothing_keeps_the_time() {
    check(
        Script::new().apply("a", json!({"number": 1})).apply("a", json!({"number": 1})),
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    let before = Script::new().apply("a", json!({"number": 1}));
    let after = Script::new().apply("a", json!({"number": 1})).apply("a", json!({"number": 1}));
    assert_eq!(before.live(), after.live());
}

#[test]
fn fields_set_before_anything_was_tracked_have_an_owner_too() {
    let mut script = Script::new().starting_from(object(json!({"number": 1, "text": "t"})));
    expect![[r#"Apply failed with 1 conflict: conflict with "before-first-apply" using example.com/v1: .spec.number"#]]
        .assert_eq(&script.refused("a", json!({"number": 2})));
    check(
        script.apply("a", json!({"number": 1})),
        expect![[r#"
        {"number":1,"text":"t"}
        a Apply -: .spec.number
        before-first-apply Update 2: .spec .spec.number .spec.text"#]],
    );
}

#[test]
fn empty_and_null_values() {
    check(
        Script::new().apply("a", json!({"struct": {}, "map": {}, "set": [], "items": [], "text": null})),
        expect![[r#"
        {"items":[],"map":{},"set":[],"struct":{},"text":null}
        a Apply 1: .spec.map .spec.struct .spec.text"#]],
    );
    check(
        Script::new()
            .apply("a", json!({"map": {"k": "v"}, "items": [{"name": "x"}]}))
            .apply("a", json!({"map": {}, "items": []})),
        expect![[r#"
            {"map":{}}
            a Apply 2: .spec.map"#]],
    );
}

#[test]
fn a_list_that_cannot_be_merged_is_refused() {
    let mut script = Script::new().apply("a", json!({}));
    expect![[r#".spec.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)"#]].assert_eq(&script.refused("a", json!({"items": [{"value": "1"}]})));
    expect![[r#".spec.items: duplicate entries for key [name="x"]"#]]
        .assert_eq(&script.refused("a", json!({"items": [{"name": "x"}, {"name": "x"}]})));
    expect![[r#".spec.set: duplicate entries for key [="x"]"#]]
        .assert_eq(&script.refused("a", json!({"set": ["x", "x"]})));
    expect![[r#".spec.set: element 0: a set holds only scalars, this is {"x":1}"#]]
        .assert_eq(&script.refused("a", json!({"set": [{"x": 1}]})));
}

#[test]
fn managed_fields_cannot_be_applied() {
    let mut applied = object(json!({}));
    applied["metadata"]["managedFields"] = json!([]);
    let error = Script::new().try_apply("a", applied, Conflicts::Fail);
    assert_eq!(error, Err(ApplyError::ManagedFieldsApplied));
}

#[test]
fn the_status_belongs_to_its_subresource() {
    let mut with_status = object(json!({"number": 1}));
    with_status["status"] = json!({"phase": "Ready"});
    let mut script = Script::new().ignoring(&["status"]);
    script.try_apply("a", with_status.clone(), Conflicts::Fail).expect("no conflict");
    check(
        script,
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number"#]],
    );
    let mut script = Script::new().apply("a", json!({"number": 1})).ignoring(&["spec"]).through("status");
    script.try_apply("a", with_status, Conflicts::Fail).expect("no conflict");
    check(
        script,
        expect![[r#"
        {"number":1}
        a Apply 1: .spec.number
        a Apply 2 /status: .status.phase"#]],
    );
}

#[test]
fn a_deployment_as_kubectl_applies_it() {
    let manifest = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod", "labels": {"app": "web"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "web", "image": "web:1", "command": ["serve"],
                    "ports": [{"containerPort": 8080}, {"containerPort": 443}],
                    "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                    "resources": {"limits": {"cpu": "1"}},
                }]},
            },
        },
    });
    let mut script = Script::of(deployment());
    script.try_apply("kubectl", manifest, Conflicts::Fail).expect("no conflict");
    let managed = crate::ownership::ManagedFields::of(script.live()).expect("managed fields");
    expect![[r#"{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:command":{},"f:env":{"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:valueFrom":{"f:secretKeyRef":{}}}},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":443,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}},"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}},"f:resources":{"f:limits":{"f:cpu":{}}}}}}}}}"#]].assert_eq(&managed.entries()[0].fields.encode_text());
}
