use expect_test::{Expect, expect};
use plan::owned::{Owned, drift};
use serde_json::{Value, json};

use crate::fixtures::{MANAGER, live_deployment, managed};

/// What is told of the live Deployment after somebody edited it.
#[track_caller]
fn check(edit: impl Fn(&mut Value), expected: Expect) {
    let before = Owned::of(&live_deployment(), MANAGER).expect("we applied it");
    let mut live = live_deployment();
    edit(&mut live);
    let text = drift(&before, Some(&live), MANAGER).map_or_else(|| "none".to_owned(), |drift| drift.to_string());
    expected.assert_eq(&text);
}

/// Adds what another manager wrote, and takes it from us.
fn wrote(live: &mut Value, manager: &str, time: &str, fields: Value) {
    live["metadata"]["managedFields"].as_array_mut().expect("entries").push(managed(manager, "Update", time, fields));
}

#[test]
fn nothing_of_ours_changed() {
    check(|_| {}, expect!["none"]);
    check(|live| live["status"]["replicas"] = json!(0), expect!["none"]);
    check(|live| live["metadata"]["labels"]["extra"] = json!("x"), expect!["none"]);
    check(
        |live| {
            live["spec"]["template"]["spec"]["containers"]
                .as_array_mut()
                .expect("a list")
                .push(json!({ "name": "injected" }))
        },
        expect!["none"],
    );
    check(|live| live["metadata"]["finalizers"] = json!(["other", "example.com/hold"]), expect!["none"]);
    check(
        |live| live["spec"]["template"]["spec"]["containers"].as_array_mut().expect("a list").reverse(),
        expect!["none"],
    );
}

#[test]
fn changes_are_told_with_both_values_and_the_manager() {
    check(
        |live| {
            live["spec"]["replicas"] = json!(5);
            wrote(live, "kubectl-scale", "2026-01-01T12:00:00Z", json!({ "f:spec": { "f:replicas": {} } }));
        },
        expect!["spec.replicas changed from 2 to 5 by kubectl-scale"],
    );
    check(
        |live| {
            live["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:evil");
            live["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("stolen");
            wrote(
                live,
                "kubectl-edit",
                "2026-01-01T12:00:00Z",
                json!({ "f:metadata": { "f:labels": { "f:kustomize.toolkit.fluxcd.io/name": {} } } }),
            );
        },
        expect![[
            r#"metadata.labels[kustomize.toolkit.fluxcd.io/name] changed from "apps" to "stolen", spec.template.spec.containers[name=app].image changed from "web:1" to "web:evil" by kubectl-edit"#
        ]],
    );
    check(
        |live| live["spec"]["selector"]["matchLabels"]["app"] = json!("other"),
        expect![[r#"spec.selector changed from {"matchLabels":{"app":"web"}} to {"matchLabels":{"app":"other"}}"#]],
    );
}

#[test]
fn removals_are_told() {
    check(
        |live| drop(live["spec"].as_object_mut().expect("spec").remove("replicas")),
        expect!["spec.replicas removed (was 2)"],
    );
    check(
        |live| drop(live["spec"]["template"]["spec"]["containers"].as_array_mut().expect("a list").pop()),
        expect![[
            r#"spec.template.spec.containers[name=proxy] removed (was {"args":["-v"],"image":"proxy:1","name":"proxy"})"#
        ]],
    );
    check(
        |live| live["metadata"]["finalizers"] = json!([]),
        expect![[r#"metadata.finalizers[example.com/hold] removed (was "example.com/hold")"#]],
    );
    check(
        |live| live["metadata"]["labels"] = json!({}),
        expect![[
            r#"metadata.labels[kustomize.toolkit.fluxcd.io/name] removed (was "apps"), metadata.labels[kustomize.toolkit.fluxcd.io/namespace] removed (was "flux-system")"#
        ]],
    );
    check(
        |live| live["spec"]["template"] = Value::Null,
        expect![[r#"spec.template.spec removed (was {"containers":[{"image":"web:1","name":"app","ports":[{"cont…)"#]],
    );
}

#[test]
fn a_removal_is_told_of_the_last_writer_after_us() {
    check(
        |live| {
            live["metadata"]["finalizers"] = json!([]);
            wrote(live, "before-us", "2026-01-01T09:00:00Z", json!({ "f:spec": { "f:paused": {} } }));
            wrote(live, "kubectl-patch", "2026-01-01T11:00:00Z", json!({ "f:metadata": { "f:annotations": {} } }));
        },
        expect![[r#"metadata.finalizers[example.com/hold] removed (was "example.com/hold") by kubectl-patch"#]],
    );
    check(
        |live| {
            live["metadata"]["finalizers"] = json!([]);
            live["metadata"]["managedFields"].as_array_mut().expect("entries").truncate(1);
            wrote(live, "before-us", "2026-01-01T09:00:00Z", json!({ "f:spec": { "f:paused": {} } }));
        },
        expect![[r#"metadata.finalizers[example.com/hold] removed (was "example.com/hold")"#]],
    );
}

#[test]
fn the_scale_subresource_counts_as_a_writer() {
    check(
        |live| {
            live["spec"]["replicas"] = json!(9);
            let mut entry =
                managed("autoscaler", "Update", "2026-01-01T12:00:00Z", json!({ "f:spec": { "f:replicas": {} } }));
            entry["subresource"] = json!("scale");
            live["metadata"]["managedFields"].as_array_mut().expect("entries").push(entry);
        },
        expect!["spec.replicas changed from 2 to 9 by autoscaler"],
    );
}

#[test]
fn the_latest_of_several_writers_is_told() {
    check(
        |live| {
            live["spec"]["replicas"] = json!(9);
            wrote(live, "early", "2026-01-01T11:00:00Z", json!({ "f:spec": { "f:replicas": {} } }));
            wrote(live, "late", "2026-01-01T12:00:00Z", json!({ "f:spec": { "f:replicas": {} } }));
            wrote(live, "elsewhere", "2026-01-01T13:00:00Z", json!({ "f:spec": { "f:paused": {} } }));
        },
        expect!["spec.replicas changed from 2 to 9 by late"],
    );
}

#[test]
fn an_object_we_hold_empty_may_be_filled_by_others() {
    let limits = json!({ "limits": { "cpu": "1" } });
    let fields = json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": {
        "k:{\"name\":\"app\"}": { "f:resources": { "f:limits": { "f:cpu": {} } } } } } } } });
    check(
        |live| {
            live["spec"]["template"]["spec"]["containers"][0]["resources"] = limits.clone();
            wrote(live, "vpa", "2026-01-01T12:00:00Z", fields.clone());
        },
        expect!["none"],
    );
    // Unless it is one value, which then has another owner as a whole.
    let whole = json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"app\"}": { "f:resources": {} } } } } } });
    check(
        |live| {
            live["spec"]["template"]["spec"]["containers"][0]["resources"] = limits.clone();
            wrote(live, "kubectl-edit", "2026-01-01T12:00:00Z", whole.clone());
        },
        expect![[
            r#"spec.template.spec.containers[name=app].resources changed from {} to {"limits":{"cpu":"1"}} by kubectl-edit"#
        ]],
    );
}

#[test]
fn deletion_is_drift() {
    check(|live| live["metadata"]["deletionTimestamp"] = json!("2026-01-01T12:00:00Z"), expect!["deleted"]);
    let before = Owned::of(&live_deployment(), MANAGER).expect("we applied it");
    assert_eq!(drift(&before, None, MANAGER).expect("drift").to_string(), "deleted");
}

#[test]
fn much_is_cut_short_and_secrets_are_masked() {
    let fields = json!({ "f:data": { "f:a": {}, "f:b": {}, "f:c": {}, "f:d": {}, "f:e": {}, "f:f": {}, "f:g": {} } });
    let live = |value: &str| {
        let mut live = json!({ "metadata": { "managedFields": [managed(MANAGER, "Apply", "", fields.clone())] } });
        for key in ["a", "b", "c", "d", "e", "f", "g"] {
            live["data"][key] = json!(value);
        }
        live
    };
    let before = Owned::of(&live("short"), MANAGER).expect("we applied it");
    let drift = drift(&before, Some(&live(&"ä".repeat(70))), MANAGER).expect("drift");
    expect![[r#"data.a changed from "short" to "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…, data.b changed from "short" to "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…, data.c changed from "short" to "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…, data.d changed from "short" to "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…, data.e changed from "short" to "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääää… and 2 more"#]].assert_eq(&drift.to_string());
    expect![[r#"data.a changed from "***" to "***", data.b changed from "***" to "***", data.c changed from "***" to "***", data.d changed from "***" to "***", data.e changed from "***" to "***" and 2 more"#]].assert_eq(&drift.masked().to_string());
}
