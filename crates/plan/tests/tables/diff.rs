use expect_test::{Expect, expect};
use plan::diff::{Change, ChangeKind, ChangeSet, changed_fields, unified};
use serde_json::{Value, json};

use crate::fixtures::{deployment, id, live_deployment, with};

#[track_caller]
fn check(before: Option<Value>, after: Option<Value>, expected: Expect) {
    expected.assert_eq(&unified(before.as_ref(), after.as_ref()));
}

#[test]
fn only_what_people_declare_is_compared() {
    check(
        Some(live_deployment()),
        Some(with(live_deployment(), json!({ "status": { "replicas": 9 }, "metadata": { "resourceVersion": "8" } }))),
        expect![[""]],
    );
    check(None, None, expect![[""]]);
    check(
        Some(live_deployment()),
        Some(with(live_deployment(), json!({ "spec": { "replicas": 3 } }))),
        expect![[r#"
        @@ -9,7 +9,7 @@
           name: web
           namespace: prod
         spec:
        -  replicas: 2
        +  replicas: 3
           revisionHistoryLimit: 10
           selector:
             matchLabels:
    "#]],
    );
}

#[test]
fn new_and_deleted_objects_are_shown_whole() {
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" }, "data": { "k": "1" } });
    check(
        None,
        Some(object.clone()),
        expect![[r#"
        @@ -0,0 +1,6 @@
        +apiVersion: v1
        +data:
        +  k: "1"
        +kind: ConfigMap
        +metadata:
        +  name: a
    "#]],
    );
    check(
        Some(object),
        None,
        expect![[r#"
        @@ -1,6 +0,0 @@
        -apiVersion: v1
        -data:
        -  k: "1"
        -kind: ConfigMap
        -metadata:
        -  name: a
    "#]],
    );
}

#[test]
fn secrets_show_only_that_they_differ() {
    let secret =
        |data: Value| json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" }, "data": data });
    let before = secret(json!({ "same": "c2FtZQ==", "changed": "b2xk", "gone": "Z29uZQ==" }));
    let after = secret(json!({ "same": "c2FtZQ==", "changed": "bmV3", "new": "bmV3" }));
    check(
        Some(before.clone()),
        Some(after),
        expect![[r#"
        @@ -1,7 +1,7 @@
         apiVersion: v1
         data:
        -  changed: '*** (before)'
        -  gone: '***'
        +  changed: '*** (after)'
        +  new: '***'
           same: '***'
         kind: Secret
         metadata:
    "#]],
    );
    check(
        Some(before),
        None,
        expect![[r#"
        @@ -1,8 +0,0 @@
        -apiVersion: v1
        -data:
        -  changed: '***'
        -  gone: '***'
        -  same: '***'
        -kind: Secret
        -metadata:
        -  name: s
    "#]],
    );
}

#[track_caller]
fn check_fields(after: Value, expected: Expect) {
    expected.assert_eq(&changed_fields(&live_deployment(), &with(live_deployment(), after)).join(" "));
}

#[test]
fn changed_fields_are_named() {
    check_fields(json!({}), expect![[""]]);
    check_fields(json!({ "spec": { "replicas": 3, "paused": true } }), expect!["spec.paused spec.replicas"]);
    check_fields(
        json!({ "spec": { "template": { "spec": { "containers": [] } } } }),
        expect!["spec.template.spec.containers"],
    );
    check_fields(
        json!({ "metadata": { "labels": { "app.kubernetes.io/name": "x" }, "finalizers": [] } }),
        expect!["metadata.labels[app.kubernetes.io/name]"],
    );
    check_fields(json!({ "data": { "a": "b" } }), expect!["data"]);
    check_fields(
        json!({ "spec": { "replicas": 2.0, "template": { "metadata": {} }, "strategy": null } }),
        expect![[""]],
    );
    let mut containers = deployment()["spec"]["template"]["spec"]["containers"].clone();
    containers[1]["image"] = json!("proxy:2");
    containers[1]["args"] = json!(["-q"]);
    check_fields(
        json!({ "spec": { "template": { "spec": { "containers": containers } } } }),
        expect!["spec.template.spec.containers[name=proxy].args[0] spec.template.spec.containers[name=proxy].image"],
    );
}

#[test]
fn change_sets_speak_as_flux_does() {
    let change = |text: &str, kind| Change { id: id(text), version: "v1".to_owned(), kind };
    let changes = ChangeSet {
        changes: vec![
            change("v1 Namespace prod", ChangeKind::Created),
            change("v1 ConfigMap prod/a", ChangeKind::Unchanged),
            change("apps/v1 Deployment prod/web", ChangeKind::Configured),
            change("v1 Secret prod/s", ChangeKind::Skipped),
            change("v1 Service prod/old", ChangeKind::Deleted),
        ],
    };
    expect![[r#"
        Namespace/prod created
        ConfigMap/prod/a unchanged
        Deployment/prod/web configured
        Secret/prod/s skipped
        Service/prod/old deleted"#]]
    .assert_eq(&changes.to_string());
    expect![[r#"
        Namespace/prod created
        Deployment/prod/web configured
        Service/prod/old deleted"#]]
    .assert_eq(&changes.effective().to_string());
    assert_eq!(changes.count(ChangeKind::Configured), 1);
    assert!(!changes.is_empty());
    assert!(ChangeSet::default().is_empty());
    assert!(ChangeSet { changes: vec![change("v1 Secret prod/s", ChangeKind::Skipped)] }.is_empty());
}
