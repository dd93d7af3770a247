use expect_test::{Expect, expect};
use plan::owned::{Match, Owned, matches};
use serde_json::{Value, json};

use crate::fixtures::{MANAGER, deployment, live_deployment, managed};

#[track_caller]
fn check(live: &Value, desired: &Value, expected: Expect) {
    let outcome = match matches(live, desired, MANAGER) {
        Match::Yes => "yes".to_owned(),
        Match::No { fields } => format!("no: {}", fields.join(", ")),
    };
    expected.assert_eq(&outcome);
}

/// What the manifest says, changed by a function.
fn edited(edit: impl Fn(&mut Value)) -> Value {
    let mut desired = deployment();
    edit(&mut desired);
    desired
}

/// The live object, changed by a function.
fn live(edit: impl Fn(&mut Value)) -> Value {
    let mut live = live_deployment();
    edit(&mut live);
    live
}

#[test]
fn what_was_applied_matches() {
    check(&live_deployment(), &deployment(), expect!["yes"]);
    // Status, defaults and what others own do not count.
    check(&live(|live| live["spec"]["paused"] = json!(true)), &deployment(), expect!["yes"]);
    check(&live(|live| live["metadata"]["annotations"] = json!({ "a": "b" })), &deployment(), expect!["yes"]);
}

#[test]
fn every_change_in_git_is_seen() {
    check(&live_deployment(), &edited(|git| git["spec"]["replicas"] = json!(3)), expect!["no: spec.replicas"]);
    check(
        &live_deployment(),
        &edited(|git| git["spec"]["minReadySeconds"] = json!(5)),
        expect!["no: spec.minReadySeconds"],
    );
    check(
        &live_deployment(),
        &edited(|git| drop(git["spec"].as_object_mut().map(|spec| spec.remove("replicas")))),
        expect!["no: spec.replicas"],
    );
    check(
        &live_deployment(),
        &edited(|git| git["spec"]["selector"]["matchLabels"]["tier"] = json!("x")),
        expect!["no: spec.selector"],
    );
    check(
        &live_deployment(),
        &edited(|git| git["metadata"]["annotations"] = json!({ "a/b.c": "d" })),
        expect!["no: metadata.annotations"],
    );
    check(
        &live_deployment(),
        &edited(|git| git["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("other")),
        expect!["no: metadata.labels[kustomize.toolkit.fluxcd.io/name]"],
    );
    let containers = |git: &mut Value, edit: &dyn Fn(&mut Vec<Value>)| {
        edit(git["spec"]["template"]["spec"]["containers"].as_array_mut().expect("containers"));
    };
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list[0]["image"] = json!("web:2"))),
        expect!["no: spec.template.spec.containers[name=app].image"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list.push(json!({ "name": "new" })))),
        expect!["no: spec.template.spec.containers[2]"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| drop(list.pop()))),
        expect!["no: spec.template.spec.containers[name=proxy]"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list.reverse())),
        expect!["no: spec.template.spec.containers"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list[1]["args"] = json!(["-v", "-q"]))),
        expect!["no: spec.template.spec.containers[name=proxy].args"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list[0]["resources"] = json!({ "limits": { "cpu": "1" } }))),
        expect!["no: spec.template.spec.containers[name=app].resources"],
    );
    check(
        &live_deployment(),
        &edited(|git| containers(git, &|list| list[0]["ports"][0]["containerPort"] = json!(81))),
        expect![
            "no: spec.template.spec.containers[name=app].ports[containerPort=80,protocol=TCP], spec.template.spec.containers[name=app].ports[0]"
        ],
    );
    check(
        &live_deployment(),
        &edited(|git| git["metadata"]["finalizers"] = json!([])),
        expect!["no: metadata.finalizers[example.com/hold]"],
    );
    check(
        &live_deployment(),
        &edited(|git| git["metadata"]["finalizers"] = json!(["example.com/hold", "b"])),
        expect!["no: metadata.finalizers[1]"],
    );
}

#[test]
fn every_change_in_the_cluster_is_seen() {
    check(&live(|live| live["spec"]["replicas"] = json!(5)), &deployment(), expect!["no: spec.replicas"]);
    check(
        &live(|live| live["spec"]["selector"] = json!({ "matchLabels": { "app": "other" } })),
        &deployment(),
        expect!["no: spec.selector"],
    );
    check(
        &live(|live| live["spec"]["template"]["spec"]["containers"] = json!([])),
        &deployment(),
        expect![
            "no: spec.template.spec.containers[name=app], spec.template.spec.containers[name=proxy], spec.template.spec.containers[0]"
        ],
    );
    check(
        &live(|live| live["metadata"]["finalizers"] = json!(["other"])),
        &deployment(),
        expect!["no: metadata.finalizers[example.com/hold], metadata.finalizers[0]"],
    );
    // A field that somebody took over is no longer ours although its value is.
    check(
        &live(|live| {
            live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
                .as_object_mut()
                .expect("fields")
                .remove("f:replicas");
        }),
        &deployment(),
        expect!["no: spec.replicas"],
    );
}

#[test]
fn defaulted_parts_of_keys_may_be_left_out() {
    let desired = edited(|git| {
        git["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{ "containerPort": 80 }]);
    });
    let stored = live(|live| {
        let fields =
            &mut live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"];
        fields["k:{\"name\":\"app\"}"]["f:ports"] =
            json!({ "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } });
    });
    check(&stored, &desired, expect!["yes"]);
    // With two candidates nobody knows which one it is.
    let two = {
        let mut two = desired;
        two["spec"]["template"]["spec"]["containers"][0]["ports"] =
            json!([{ "containerPort": 80 }, { "containerPort": 80, "protocol": "UDP" }]);
        two
    };
    check(&stored, &two, expect!["no: spec.template.spec.containers[name=app].ports[1]"]);
}

#[test]
fn what_servers_leave_out_or_rewrite_is_tolerated_or_asked_for() {
    // Empty values that the server does not keep.
    let desired = edited(|git| git["spec"]["template"]["spec"]["volumes"] = json!([]));
    let stored = live(|live| {
        live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:volumes"] = json!({});
    });
    check(&stored, &desired, expect!["yes"]);
    // Whole numbers and the same as floats.
    check(&live(|live| live["spec"]["replicas"] = json!(2.0)), &deployment(), expect!["yes"]);
    // A quantity in another notation is asked about.
    let quantity = |value: &str| json!({ "limits": { "cpu": value } });
    let desired = edited(|git| git["spec"]["template"]["spec"]["containers"][0]["resources"] = quantity("1000m"));
    let stored = live(|live| {
        live["spec"]["template"]["spec"]["containers"][0]["resources"] = quantity("1");
        let fields =
            &mut live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"];
        fields["k:{\"name\":\"app\"}"]["f:resources"] = json!({ "f:limits": { "f:cpu": {} } });
    });
    check(&stored, &desired, expect!["no: spec.template.spec.containers[name=app].resources.limits.cpu"]);
}

#[test]
fn an_empty_object_that_others_filled_does_not_match_a_filled_one() {
    let filled = json!({ "limits": { "cpu": "1" } });
    let stored = live(|live| {
        live["spec"]["template"]["spec"]["containers"][0]["resources"] = filled.clone();
        let others = managed(
            "vpa",
            "Update",
            "2026-01-01T11:00:00Z",
            json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": {
            "k:{\"name\":\"app\"}": { "f:resources": { "f:limits": { "f:cpu": {} } } } } } } } }),
        );
        live["metadata"]["managedFields"].as_array_mut().expect("entries").push(others);
    });
    let desired = edited(|git| git["spec"]["template"]["spec"]["containers"][0]["resources"] = filled.clone());
    check(&stored, &desired, expect!["no: spec.template.spec.containers[name=app].resources"]);
}

#[test]
fn without_a_record_of_ours_it_is_compared_by_value() {
    let unmanaged = live(|live| live["metadata"]["managedFields"] = json!([]));
    check(&unmanaged, &deployment(), expect!["no: "]);
    check(&unmanaged, &edited(|git| git["spec"]["replicas"] = json!(3)), expect!["no: spec.replicas"]);
    check(&json!({}), &edited(|git| git["spec"] = json!({ "replicas": 1 })), expect!["no: metadata, spec"]);
    // Another version of the API has other field names.
    let older = live(|live| live["metadata"]["managedFields"][0]["apiVersion"] = json!("apps/v1beta1"));
    check(&older, &deployment(), expect!["no: "]);
    // An update by a manager of our name is not an apply.
    let updated = live(|live| live["metadata"]["managedFields"][0]["operation"] = json!("Update"));
    check(&updated, &deployment(), expect!["no: "]);
    let broken = live(|live| live["metadata"]["managedFields"][0]["fieldsV1"] = json!("nonsense"));
    check(&broken, &deployment(), expect!["no: "]);
}

#[test]
fn a_crds_status_is_not_ours_to_compare() {
    let desired = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "things.example.com", "creationTimestamp": null },
        "spec": { "group": "example.com" },
        "status": { "conditions": [], "storedVersions": [] },
    });
    let mut live = desired.clone();
    live["metadata"]["managedFields"] = json!([{
        "manager": MANAGER, "operation": "Apply", "apiVersion": "apiextensions.k8s.io/v1",
        "fieldsV1": { "f:spec": { "f:group": {} } },
    }]);
    check(&live, &desired, expect!["yes"]);
}

#[test]
fn the_fingerprint_follows_our_fields_only() {
    let owned = |live: &Value| Owned::of(live, MANAGER).expect("we applied it");
    let before = owned(&live_deployment());
    let irrelevant = live(|live| {
        live["status"]["replicas"] = json!(9);
        live["metadata"]["resourceVersion"] = json!("8");
        live["spec"]["revisionHistoryLimit"] = json!(3);
    });
    assert_eq!(owned(&irrelevant).fingerprint(), before.fingerprint());
    let reordered =
        live(|live| live["spec"]["template"]["spec"]["containers"].as_array_mut().expect("a list").reverse());
    assert_eq!(owned(&reordered), before);
    let scaled = live(|live| live["spec"]["replicas"] = json!(3));
    assert_ne!(owned(&scaled).fingerprint(), before.fingerprint());
    assert_eq!(Owned::of(&json!({}), MANAGER), None);
    assert_eq!(Owned::of(&live(|live| live["metadata"]["managedFields"][0]["fieldsV1"] = json!({})), MANAGER), None);
}
