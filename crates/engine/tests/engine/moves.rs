//! Objects that one commit moves from one Kustomization to another.

use std::sync::atomic::Ordering;

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{FLUX, World, config_map, config_map_ref, kustomization_ref, text, told, until_reason};

/// `first` with the ConfigMap `web`, and another one, which comes to every commit later.
async fn apart(later: &str) -> World {
    let world = World::start().await;
    let other = format!("{later}/other.yaml");
    let files = [
        ("first/web.yaml", &*config_map("web", "1")),
        ("first/mine.yaml", &*config_map("mine", "1")),
        (&other, &*config_map("other", "2")),
    ];
    let apart = world.commit(&files, "apart");
    world.source(json!({})).await;
    world.kustomization("first", json!({})).await;
    world.kustomization(later, json!({"dependsOn": [{"name": "first"}]})).await;
    for name in ["first", later] {
        world.until_applied(name, &apart).await;
    }
    world
}

fn lists(kustomization: &Value, name: &str) -> bool {
    kustomization["status"]["inventory"].to_string().contains(&format!("_{name}_"))
}

async fn uid(world: &World, name: &str) -> Value {
    world.get(&config_map_ref(name)).await.unwrap()["metadata"]["uid"].clone()
}

/// Waits until `second` has the ConfigMap `web` alone, which was never deleted.
async fn until_moved(world: &World, revision: &str, uid: &Value) {
    let second = world.until_applied("second", revision).await;
    assert!(lists(&second, "web"), "{second:#}");
    let web = world.get(&config_map_ref("web")).await.unwrap();
    let owner = text(&web["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"]);
    assert_eq!((owner, &web["data"]["value"]), ("second", &json!("2")));
    assert_eq!(web["metadata"]["uid"], *uid, "it was deleted on the way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_moves_to_one_that_comes_later() {
    let world = apart("second").await;
    let uid = uid(&world, "web").await;
    let moved = world.commit(&[("first/web.yaml", ""), ("second/web.yaml", &config_map("web", "2"))], "moved");
    until_moved(&world, &moved, &uid).await;
    let first = world.until_is(&kustomization_ref("first"), "let go", |found| !lists(found, "web")).await;
    assert!(lists(&first, "mine"));
    let told = world.until_event("first", "Progressing", |message| message.contains("kept")).await;
    expect!["ConfigMap/default/web is kept until the Kustomization flux-system/second applies it"].assert_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_moves_to_one_that_the_same_commit_brings() {
    let world = apart("root").await;
    let uid = uid(&world, "web").await;
    let second = crate::world::kustomization("second", json!({"path": "./elsewhere", "namePrefix": "w"})).to_string();
    let files = [("first/web.yaml", ""), ("root/second.yaml", &second), ("elsewhere/web.yaml", &config_map("eb", "2"))];
    let moved = world.commit(&files, "moved");
    until_moved(&world, &moved, &uid).await;
    world.until_is(&kustomization_ref("first"), "let go", |found| !lists(found, "web")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_rendered_keeps_nothing() {
    let world = apart("second").await;
    world.commit(&[("first/web.yaml", ""), ("second/web.yaml", "kind: [")], "broken");
    world.until_gone(&config_map_ref("web")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_deleted_while_it_is_unknown_what_others_declare() {
    let mut world = apart("second").await;
    let uid = uid(&world, "web").await;
    let settings = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": FLUX},
        "data": {"name": "web"}});
    world.apply(settings).await;
    let from = json!([{"kind": "ConfigMap", "name": "settings"}]);
    world.patch(&kustomization_ref("second"), "test", json!({"spec": {"postBuild": {"substituteFrom": from}}})).await;
    world.patch(&kustomization_ref("first"), "test", json!({"spec": {"retryInterval": "1s"}})).await;
    world.stop_engine().await;
    let moved = world.commit(&[("first/web.yaml", ""), ("second/web.yaml", &config_map("${name}", "2"))], "moved");
    let answers = world.start_engine_refused("/configmaps/settings");
    let failed = until_reason(&world, "first", "ReconciliationFailed").await;
    expect!["ReconciliationFailed: nothing is deleted, because it is not known whether the Kustomization flux-system/second declares it now: the API server does not accept the request: the server does not allow this method on the requested resource"].assert_eq(&told(&failed, "Ready"));
    assert_eq!(self::uid(&world, "web").await, uid);
    answers.store(true, Ordering::SeqCst);
    until_moved(&world, &moved, &uid).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_nobody_declares_after_all_is_deleted() {
    let world = apart("second").await;
    world.patch(&kustomization_ref("second"), "test", json!({"spec": {"suspend": true}})).await;
    world.commit(&[("first/web.yaml", ""), ("second/web.yaml", &config_map("web", "2"))], "moved");
    world.until_event("first", "Progressing", |message| message.contains("kept")).await;
    assert!(lists(&world.get(&kustomization_ref("first")).await.unwrap(), "web"));
    world.commit(&[("second/web.yaml", "")], "gone");
    world.until_gone(&config_map_ref("web")).await;
    world.until_is(&kustomization_ref("first"), "let go", |found| !lists(found, "web")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_waits_for_who_comes_later() {
    let world = apart("second").await;
    let uid = uid(&world, "web").await;
    world.patch(&kustomization_ref("second"), "test", json!({"spec": {"suspend": true, "dependsOn": null}})).await;
    let moved = world.commit(&[("second/web.yaml", &config_map("web", "2"))], "moved");
    world.until_applied("first", &moved).await;
    world.delete(&kustomization_ref("first")).await;
    let told = world.until_event("first", "Progressing", |message| message.contains("deleted")).await;
    expect!["is deleted once others have applied these objects, which they declare now, or after 5 minutes: ConfigMap/default/web (Kustomization flux-system/second)"].assert_eq(&told);
    world.patch(&kustomization_ref("second"), "test", json!({"spec": {"suspend": false}})).await;
    until_moved(&world, &moved, &uid).await;
    world.until_gone(&kustomization_ref("first")).await;
    world.until_gone(&config_map_ref("mine")).await;
}
