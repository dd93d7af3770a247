//! What becomes of changes that others make to the objects of a release.

use serde_json::json;

use crate::helm_world::{config_ref, data};
use crate::world::{World, told};

async fn released(drift_detection: serde_json::Value) -> World {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({"driftDetection": drift_detection})).await;
    world.until_released("web", "1.0.0").await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_put_back_where_that_is_wished() {
    let world = released(json!({"mode": "enabled"})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    world.until_is(&config_ref("web"), "put back", |found| data(found, "value") == "default").await;
    world.until_event("web", "DriftCorrected", |message| message.contains("ConfigMap/apps/web: data.value")).await;
    world.delete(&config_ref("web")).await;
    world.until_is(&config_ref("web"), "made again", |found| data(found, "value") == "default").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_while_nobody_looked_is_found_and_put_back() {
    let mut world = released(json!({"mode": "enabled"})).await;
    world.stop_engine().await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    world.start_engine(&[]);
    world.until_is(&config_ref("web"), "put back", |found| data(found, "value") == "default").await;
    let event = world.until_event("web", "DriftDetected", |_| true).await;
    assert_eq!(
        event,
        "Cluster state of release apps/web.v1 has drifted from the desired state:\nConfigMap/apps/web changed (0 additions, 1 changes, 0 removals)"
    );
    let release = world.until_release_is("web", "Drifted", "False", "NoDriftDetected").await;
    assert_eq!(
        told(&release, "Ready"),
        "InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_only_told_where_that_is_wished() {
    let world = released(json!({"mode": "warn"})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    world.until_release_is("web", "Drifted", "True", "DriftDetected").await;
    world.until_event("web", "DriftDetected", |message| message.contains("ConfigMap/apps/web changed")).await;
    assert_eq!(data(&world.get(&config_ref("web")).await.unwrap(), "value"), "changed");
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "default"}})).await;
    world.until_release_is("web", "Drifted", "False", "NoDriftDetected").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_of_ignored_fields_is_none() {
    let ignore = json!([{"paths": ["/data/value"], "target": {"kind": "ConfigMap"}}]);
    let world = released(json!({"mode": "enabled", "ignore": ignore})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"version": "changed"}})).await;
    let config = world.until_is(&config_ref("web"), "put back", |found| data(found, "version") == "1.0.0").await;
    assert_eq!(data(&config, "value"), "changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_of_objects_that_opt_out_is_none() {
    let quiet = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: quiet\n  annotations:\n    helm.toolkit.fluxcd.io/driftDetection: disabled\ndata:\n  value: default\n";
    let world = World::with_chart("1.0.0", &[("templates/quiet.yaml", quiet)]).await;
    world.release("web", json!({"driftDetection": {"mode": "enabled"}})).await;
    world.until_released("web", "1.0.0").await;
    world.patch(&config_ref("quiet"), "someone", json!({"data": {"value": "changed"}})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    world.until_is(&config_ref("web"), "put back", |found| data(found, "value") == "default").await;
    assert_eq!(data(&world.get(&config_ref("quiet")).await.unwrap(), "value"), "changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_looks_for_drift_unless_asked_to() {
    let world = released(json!({})).await;
    world.patch(&config_ref("web"), "someone", json!({"data": {"value": "changed"}})).await;
    let asked = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    world.patch(&crate::helm_world::release_ref("web"), "test", asked).await;
    let handled = |found: &manifest::Value| found["status"]["lastHandledReconcileAt"] == "now";
    world.until_is(&crate::helm_world::release_ref("web"), "handled", handled).await;
    assert_eq!(data(&world.get(&config_ref("web")).await.unwrap(), "value"), "changed");
}
