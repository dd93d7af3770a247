//! Rollbacks: a Kustomization pinned to a past revision, until it is released.

use engine::kustomization::PINNED_REVISION;
use expect_test::expect;
use serde_json::json;

use crate::world::{World, condition, config_map, config_map_ref, kustomization_ref, ready, settled, text, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_revision_stays_until_it_is_released() {
    let world = World::start().await;
    let app = kustomization_ref("app");
    let commit = |value: &str| world.commit(&[("app/web.yaml", &config_map("web", value))], value);
    let pin = |revision: Option<&str>| json!({"metadata": {"annotations": {PINNED_REVISION: revision}}});
    let first = commit("1");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    let second = commit("2");
    world.until_applied("app", &second).await;

    world.patch(&app, "tenter", pin(Some(&first))).await;
    let pinned = world.until_applied("app", &first).await;
    expect![
        "ReconciliationSucceeded: Applied revision: main@sha1:<commit> (pinned by a rollback until it is released)"
    ]
    .assert_eq(&settled(&told(&pinned, "Ready"), world.repository.path()));
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1");

    // A new commit changes nothing while the pin holds; another Kustomization shows that it arrived.
    world.kustomization("free", json!({"path": "./free"})).await;
    let third = world.commit(&[("app/web.yaml", &config_map("web", "3")), ("free/a.yaml", &config_map("a", "1"))], "3");
    world.until_applied("free", &third).await;
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "by hand"}})).await;
    world.until_event("app", "DriftCorrected", |_| true).await;
    world.until_is(&config_map_ref("web"), "as pinned", |found| found["data"]["value"] == "1").await;

    world.patch(&app, "tenter", pin(None)).await;
    let released = world.until_applied("app", &third).await;
    expect!["ReconciliationSucceeded: Applied revision: main@sha1:<commit>"]
        .assert_eq(&settled(&told(&released, "Ready"), world.repository.path()));
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "3");
    let history = released["status"]["history"].as_array().unwrap();
    let revisions: Vec<&str> = history.iter().map(|entry| text(&entry["metadata"]["revision"])).collect();
    assert_eq!(revisions, [&*third, &*first, &*second]);

    world.patch(&app, "tenter", pin(Some("main@sha1:0123456789012345678901234567890123456789"))).await;
    let failed = world
        .until_is(&app, "failed", |found| {
            ready(found) == "False" && condition(found, "Ready")["reason"] == "ArtifactFailed"
        })
        .await;
    expect!["ArtifactFailed: pinned revision main@sha1:<commit> cannot be read: file://<repository>: no commit 0123456789012345678901234567890123456789; check that it was pushed and not rewritten, or set spec.ref.branch to the branch it is on if the server gives no commit by its id; release the pin or choose another"].assert_eq(&settled(&told(&failed, "Ready"), world.repository.path()));
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "3");
}
