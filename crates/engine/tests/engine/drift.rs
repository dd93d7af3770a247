//! What somebody else changes is put back, with an event that names who changed what.

use expect_test::expect;
use serde_json::json;

use crate::world::{World, config_map, config_map_ref, kustomization_ref};

async fn with_web() -> World {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_field_is_put_back_and_another_manager_keeps_its_own() {
    let world = with_web().await;
    let web = config_map_ref("web");
    world.patch(&web, "kubectl-edit", json!({"data": {"value": "2", "note": "mine"}})).await;
    let back = world.until_is(&web, "put back", |found| found["data"]["value"] == "1").await;
    assert_eq!(back["data"]["note"], "mine", "fields that Git does not declare are not ours");
    let told = world.until_event("app", "DriftCorrected", |_| true).await;
    expect![[r#"Drift corrected: ConfigMap/default/web: data.value changed from "1" to "2" by kubectl-edit"#]]
        .assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_field_is_put_back() {
    let world = with_web().await;
    let web = config_map_ref("web");
    world.patch(&web, "kubectl-edit", json!({"data": null})).await;
    world.until_is(&web, "put back", |found| found["data"]["value"] == "1").await;
    let told = world.until_event("app", "DriftCorrected", |_| true).await;
    expect![[r#"Drift corrected: ConfigMap/default/web: data removed (was {"value":"1"})"#]].assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_object_is_created_again() {
    let world = with_web().await;
    let web = config_map_ref("web");
    let before = world.get(&web).await.unwrap();
    world.delete(&web).await;
    let back = world.until_is(&web, "back", |found| found["metadata"]["uid"] != before["metadata"]["uid"]).await;
    assert_eq!(back["data"]["value"], "1");
    let told = world.until_event("app", "DriftCorrected", |_| true).await;
    expect!["Drift corrected: ConfigMap/default/web was deleted"].assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_owner_label_is_put_back() {
    let world = with_web().await;
    let web = config_map_ref("web");
    world.patch(&web, "kubectl-label", json!({"metadata": {"labels": null}})).await;
    world
        .until_is(&web, "labelled", |found| found["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] == "app")
        .await;
    let told = world.until_event("app", "DriftCorrected", |_| true).await;
    expect!["Drift corrected: ConfigMap/default/web lost the labels of its Kustomization"].assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_put_back_without_being_told() {
    let world = World::start().await;
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: default}\nstringData: {token: hunter2}\n";
    let revision = world.commit(&[("app/secret.yaml", secret)], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    let reference = crate::world::object("v1", "Secret", "default", "key");
    world.patch(&reference, "kubectl-edit", json!({"data": {"token": "c3dvcmRmaXNo"}})).await;
    world.until_is(&reference, "put back", |found| found["data"]["token"] == "aHVudGVyMg==").await;
    let told = world.until_event("app", "DriftCorrected", |_| true).await;
    expect![[r#"Drift corrected: Secret/default/key: data.token changed from "***" to "***" by kubectl-edit"#]]
        .assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_that_is_only_warned_of_stays_until_git_changes() {
    let world = World::start().await;
    let warned = |value: &str| {
        config_map("web", value)
            .replace("  namespace: default\n", "  namespace: default\n  annotations: {tenter.dev/drift: warn}\n")
    };
    let files = |value: &str| [("app/web.yaml", warned(value)), ("app/firm.yaml", config_map("firm", value))];
    let commit = |value: &str| {
        let files = files(value);
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        world.commit(&files, value)
    };
    let first = commit("1");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    for name in ["web", "firm"] {
        world.patch(&config_map_ref(name), "kubectl-edit", json!({"data": {"value": "by hand"}})).await;
    }
    let told = world.until_event("app", "DriftDetected", |_| true).await;
    expect![[r#"Drift detected, left as it is (tenter.dev/drift: warn): ConfigMap/default/web: data.value changed from "1" to "by hand" by kubectl-edit"#]].assert_eq(&told);
    world.until_is(&config_map_ref("firm"), "put back", |found| found["data"]["value"] == "1").await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "by hand");

    // A reconciliation of the same revision leaves it too.
    let request = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    world.patch(&kustomization_ref("app"), "flux", request).await;
    world
        .until_is(&kustomization_ref("app"), "handled", |found| found["status"]["lastHandledReconcileAt"] == "now")
        .await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "by hand");

    let second = commit("2");
    world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_can_ask_to_be_warned_of_all() {
    let world = with_web().await;
    world
        .patch(&kustomization_ref("app"), "flux", json!({"metadata": {"annotations": {"tenter.dev/drift": "warn"}}}))
        .await;
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "2"}})).await;
    world.until_event("app", "DriftDetected", |message| message.contains("kubectl-edit")).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "2");
}
