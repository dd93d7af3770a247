//! What becomes of the objects when their Kustomization is deleted.

use serde_json::{Value, json};

use crate::world::{World, config_map, config_map_ref, kustomization_ref, object};

async fn deleted(spec: Value) -> World {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", spec).await;
    world.until_applied("app", &revision).await;
    world.delete(&kustomization_ref("app")).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_go_with_a_kustomization_that_prunes() {
    for spec in [json!({}), json!({"prune": false, "deletionPolicy": "Delete"})] {
        let world = deleted(spec).await;
        world.until_gone(&kustomization_ref("app")).await;
        world.until_gone(&config_map_ref("web")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_stay_where_that_is_wished() {
    for spec in [json!({"prune": false}), json!({"deletionPolicy": "Orphan"})] {
        let world = deleted(spec).await;
        world.until_gone(&kustomization_ref("app")).await;
        assert!(world.get(&config_map_ref("web")).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_kustomization_leaves_its_objects() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    world.patch(&kustomization_ref("app"), "flux", json!({"spec": {"suspend": true}})).await;
    world.delete(&kustomization_ref("app")).await;
    world.until_gone(&kustomization_ref("app")).await;
    assert!(world.get(&config_map_ref("web")).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_termination_waits_for_finalizers() {
    let world = World::start().await;
    let held = config_map("web", "1")
        .replace("  namespace: default\n", "  namespace: default\n  finalizers: [example.com/hold]\n");
    let revision = world.commit(&[("app/web.yaml", &held)], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"deletionPolicy": "WaitForTermination"})).await;
    world.until_applied("app", &revision).await;
    world.delete(&kustomization_ref("app")).await;
    world
        .until_is(&config_map_ref("web"), "terminating", |found| found["metadata"]["deletionTimestamp"].is_string())
        .await;
    assert!(world.get(&kustomization_ref("app")).await.is_some());
    world.patch(&config_map_ref("web"), "test", json!({"metadata": {"finalizers": null}})).await;
    world.until_gone(&kustomization_ref("app")).await;
    assert!(world.get(&config_map_ref("web")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_of_the_same_name_begins_anew() {
    let world = deleted(json!({})).await;
    world.until_gone(&kustomization_ref("app")).await;
    world.until_gone(&config_map_ref("web")).await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "2"))], "second");
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    assert_eq!(world.get(&object("v1", "ConfigMap", "default", "web")).await.unwrap()["data"]["value"], "2");
}
