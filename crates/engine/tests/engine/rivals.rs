//! Flux's own controllers, which come and go while the engine runs.

use engine::FluxControllers;
use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{
    World, condition, config_map, config_map_ref, kustomization_ref, ready, repository_ref, told, until_reason,
};

const CONFLICT: &str = "ConflictingController";

fn controller(name: &str, replicas: u64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "flux-system", "labels": {"app.kubernetes.io/part-of": "flux"}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "manager", "image": format!("registry.example.com/{name}")}]},
            },
        },
    })
}

/// A world whose engine heeds Flux's controllers, with one Kustomization that is applied.
async fn heeding() -> World {
    let mut world = World::start().await;
    world.restart_engine(|options| options.flux_controllers = FluxControllers::Heeded).await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    world
}

/// The writes to a ConfigMap or Kustomization since `before`.
fn written(world: &World, before: usize) -> Vec<String> {
    let about = |write: &String| write.contains("/configmaps/") || write.contains("/kustomizations/");
    world.writes.all().split_off(before).into_iter().filter(about).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_controller_of_flux_reconciles_is_left_to_it_until_it_is_gone() {
    let world = heeding().await;
    world.apply(controller("kustomize-controller", 1)).await;
    let stalled = until_reason(&world, "app", CONFLICT).await;
    expect!["ConflictingController: Flux's Deployment flux-system/kustomize-controller runs and reconciles this Kustomization, too; nothing is written until it is scaled to 0, see docs/install.md#taking-over-from-flux"]
        .assert_eq(&told(&stalled, "Ready"));
    assert_eq!(condition(&stalled, "Stalled")["status"], "True");
    world.until_event("app", CONFLICT, |message| message.contains("kustomize-controller")).await;

    // Neither a commit nor a request nor drift is acted upon, nor what the other one writes into the status.
    let before = world.writes.all().len();
    let flux = json!({"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "message": "by Flux",
         "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]}});
    world.cluster.patch_status(&kustomization_ref("app"), "gotk-kustomize-controller", &flux["status"]).await.unwrap();
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "drifted"}})).await;
    let second = world.commit(&[("app/web.yaml", &config_map("web", "2"))], "second");
    let fetched = |found: &Value| found["status"]["artifact"]["revision"] == second.as_str();
    world.until_is(&repository_ref("repo"), "fetched", fetched).await;
    let asked = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    world.patch(&kustomization_ref("app"), "flux", asked).await;
    // Somebody else's Kustomization is met with the same words: by then all of the above was heard.
    world.kustomization("late", json!({"path": "./app"})).await;
    until_reason(&world, "late", CONFLICT).await;
    let own = |write: &String| !write.contains("/kustomizations/late");
    let wrote: Vec<String> = written(&world, before).into_iter().filter(own).collect();
    assert_eq!(wrote, Vec::<String>::new());
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "drifted");
    world.delete(&kustomization_ref("late")).await;
    world.until_gone(&kustomization_ref("late")).await;

    world.apply(controller("kustomize-controller", 0)).await;
    let resumed = world.until_applied("app", &second).await;
    assert!(condition(&resumed, "Stalled").is_null());
    world.until_is(&config_map_ref("web"), "applied", |found| found["data"]["value"] == "2").await;
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "3"}})).await;
    world.until_is(&config_map_ref("web"), "put back", |found| found["data"]["value"] == "2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_starts_beside_flux_writes_nothing_but_why() {
    let mut world = heeding().await;
    world.stop_engine().await;
    world.apply(controller("kustomize-controller", 1)).await;
    world.apply(controller("source-controller", 1)).await;
    let second = world.commit(&[("app/web.yaml", &config_map("web", "2"))], "second");
    let before = world.writes.all().len();
    world.restart(|options| options.flux_controllers = FluxControllers::Heeded);
    until_reason(&world, "app", CONFLICT).await;
    let source = repository_ref("repo");
    let conflict = |found: &Value| condition(found, "Ready")["reason"] == CONFLICT;
    let rested = world.until_is(&source, "left alone", conflict).await;
    assert_ne!(rested["status"]["artifact"]["revision"], second.as_str());
    let status = |write: &String| write.ends_with("/status") || write.ends_with("/events");
    assert!(world.writes.all()[before..].iter().all(status), "{:#?}", &world.writes.all()[before..]);

    for name in ["source-controller", "kustomize-controller"] {
        world.apply(controller(name, 0)).await;
    }
    world.until_applied("app", &second).await;
    assert_eq!(ready(&world.get(&source).await.unwrap()), "True");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_stand_ins_is_not_afraid_of_flux() {
    let world = World::start().await;
    world.apply(controller("kustomize-controller", 1)).await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
}
