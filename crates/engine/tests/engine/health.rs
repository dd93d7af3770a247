//! `wait` and `healthChecks`: until everything is healthy, something fails, or the time is over.

use expect_test::expect;
use manifest::Value;
use serde_json::json;

use crate::world::{
    FLUX, World, condition, config_map, config_map_ref, kustomization_ref, object, ready, settled, text, told,
};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\nspec:\n  \
                          selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
                          spec: {containers: [{name: web, image: web}]}\n";

/// Writes the status that a controller would write.
async fn roll_out(world: &World, status: Value) {
    let deployment = object("apps/v1", "Deployment", "default", "web");
    world.until_is(&deployment, "created", |_| true).await;
    world.cluster.patch_status(&deployment, "controller", &status).await.unwrap();
}

fn available() -> Value {
    json!({
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": ""},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": ""},
        ],
    })
}

async fn with_deployment(spec: Value) -> (World, String) {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", DEPLOYMENT)], "first");
    world.source(json!({})).await;
    world.kustomization("app", spec).await;
    (world, revision)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_seen_as_it_happens() {
    let (world, revision) = with_deployment(json!({"wait": true})).await;
    let progressing = |found: &Value| text(&condition(found, "Reconciling")["message"]).contains("waiting for health");
    let waiting = world.until_is(&kustomization_ref("app"), "waiting", progressing).await;
    assert_eq!(ready(&waiting), "Unknown");
    expect!["Progressing: Applied main@sha1:<commit>, waiting for health: Deployment/default/web is InProgress: Replicas: 0/1"].assert_eq(&settled(&told(&waiting, "Reconciling"), world.repository.path()));
    roll_out(&world, available()).await;
    let applied = world.until_applied("app", &revision).await;
    expect!["Succeeded: Health check passed in <time>"]
        .assert_eq(&settled(&told(&applied, "Healthy"), world.repository.path()));
    assert_eq!(condition(&applied, "Reconciling"), &json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told_without_waiting_for_the_timeout_and_mends_by_itself() {
    let (world, revision) = with_deployment(json!({"wait": true, "interval": "1h", "timeout": "30m"})).await;
    roll_out(
        &world,
        json!({"observedGeneration": 1, "replicas": 1, "conditions": [{
            "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
            "message": "ReplicaSet \"web-1\" has timed out progressing.",
        }]}),
    )
    .await;
    let failed = world.until_failed("app", &revision).await;
    let message = expect![
        "HealthCheckFailed: health check failed after <time>: failed early: [Deployment/default/web status: 'Failed': Progress deadline exceeded]"
    ];
    message.assert_eq(&settled(&told(&failed, "Ready"), world.repository.path()));
    assert_eq!(told(&failed, "Ready"), told(&failed, "Healthy"));
    assert_eq!(failed["status"]["lastAppliedRevision"], json!(null));
    world.until_event("app", "HealthCheckFailed", |event| event == condition(&failed, "Ready")["message"]).await;
    roll_out(&world, available()).await;
    world.until_applied("app", &revision).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_recovers_while_its_kustomizations_are_suspended_holds_up_nobody() {
    let (world, revision) = with_deployment(json!({})).await;
    world.until_applied("app", &revision).await;
    let failed = json!({"observedGeneration": 1, "replicas": 1, "conditions": [{
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "It is late.",
    }]});
    roll_out(&world, failed).await;
    // As many as there are threads, and more.
    let names = ["one", "two", "three"];
    let files = names.map(|name| (format!("{name}/settings.yaml"), config_map(name, "1")));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let second = world.commit(&files, "second");
    let check = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "default"}]);
    for name in names {
        world.kustomization(name, json!({"healthChecks": check})).await;
        world.until_failed(name, &second).await;
        world.patch(&kustomization_ref(name), "flux", json!({"spec": {"suspend": true}})).await;
    }
    roll_out(&world, available()).await;
    let third = world.commit(&[("app/more.yaml", &config_map("more", "1"))], "third");
    world.until_applied("app", &third).await;
    for name in names {
        world.patch(&kustomization_ref(name), "flux", json!({"spec": {"suspend": false}})).await;
        world.until_applied(name, &third).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_ready_in_time_is_named() {
    let (world, revision) = with_deployment(json!({
        "timeout": "1s",
        "healthChecks": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "default"},
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "missing", "namespace": "default"},
        ],
    }))
    .await;
    // Thirty seconds are the least that kustomize-controller waits.
    let failed = world.until_failed("app", &revision).await;
    expect!["HealthCheckFailed: health check failed after <time>: timeout waiting for: [ConfigMap/default/missing status: 'NotFound': Resource not found, Deployment/default/web status: 'InProgress': Replicas: 0/1]"].assert_eq(&settled(&told(&failed, "Ready"), world.repository.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_cancels_the_wait_for_what_it_replaces() {
    let (world, first) = with_deployment(json!({"wait": true, "timeout": "1h"})).await;
    world
        .until_is(&kustomization_ref("app"), "waiting", |found| found["status"]["lastAttemptedRevision"] == *first)
        .await;
    let second = world.replace("app", &[("web.yaml", config_map("web", "1"))]);
    world.until_applied("app", &second).await;
    let told = world.until_event("app", "HealthCheckCanceled", |_| true).await;
    expect!["health checks of main@sha1:<commit> were cancelled: a newer revision or spec arrived"]
        .assert_eq(&settled(&told, world.repository.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_others_can_be_waited_for() {
    let world = World::start().await;
    let files = [("web/web.yaml", DEPLOYMENT), ("app/a.yaml", &*config_map("a", "1"))];
    let revision = world.commit(&files, "first");
    world.source(json!({})).await;
    world.kustomization("web", json!({})).await;
    world.until_applied("web", &revision).await;
    let checks = json!([
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "default"},
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "loose", "namespace": FLUX},
    ]);
    world.kustomization("app", json!({"healthChecks": checks})).await;
    world.until_is(&config_map_ref("a"), "applied", |_| true).await;
    roll_out(&world, available()).await;
    world
        .apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "loose", "namespace": FLUX}}))
        .await;
    world.until_applied("app", &revision).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_that_comes_back_in_the_same_revision_shows() {
    let (world, revision) = with_deployment(json!({"wait": true, "interval": "1s"})).await;
    roll_out(&world, available()).await;
    world.until_applied("app", &revision).await;
    // A later run finds the rollout under way and shows that; then that it is over, as before.
    roll_out(&world, json!({"observedGeneration": 1, "updatedReplicas": 0, "availableReplicas": 0})).await;
    world.until_is(&kustomization_ref("app"), "waiting", |found| ready(found) == "Unknown").await;
    roll_out(&world, available()).await;
    world.until_applied("app", &revision).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_judge_the_kinds_of_others() {
    let world = World::start().await;
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: default}\n\
                   spec: {interval: 1m, chart: {spec: {chart: x, sourceRef: {kind: HelmRepository, name: x}}}}\n";
    let revision = world.commit(&[("app/r.yaml", release)], "first");
    world.source(json!({})).await;
    let rules = json!([{
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "current": "has(status.conditions) && status.conditions.exists(c, c.type == 'Released')",
    }]);
    world.kustomization("app", json!({"wait": true, "healthCheckExprs": rules})).await;
    let reference = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "default", "r");
    world.until_is(&reference, "created", |_| true).await;
    let status = json!({"observedGeneration": 1, "conditions": [{
        "type": "Released", "status": "True", "reason": "Done", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
    }]});
    world.cluster.patch_status(&reference, "controller", &status).await.unwrap();
    world.until_applied("app", &revision).await;

    let broken = json!([{"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "current": "status.("}]);
    world.kustomization("app", json!({"wait": true, "healthCheckExprs": broken})).await;
    let stalled = world
        .until_is(&kustomization_ref("app"), "stalled", |found| condition(found, "Stalled")["status"] == "True")
        .await;
    expect!["InvalidCELExpression: healthCheckExprs[0].current: failed to parse the CEL expression 'status.(' at 1:8: no viable alternative at input '.('"].assert_eq(&told(&stalled, "Ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_is_assumed_ready_is_said_to_be() {
    let world = World::assuming(&["Deployment"]).await;
    let revision = world.commit(&[("app/web.yaml", DEPLOYMENT)], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"wait": true})).await;
    let applied = world.until_applied("app", &revision).await;
    let folder = world.repository.path();
    expect!["ReconciliationSucceeded: Applied revision: main@sha1:<commit> (Deployment assumed ready)"]
        .assert_eq(&settled(&told(&applied, "Ready"), folder));
    expect!["Succeeded: Health check passed in <time>, with Deployment assumed ready"]
        .assert_eq(&settled(&told(&applied, "Healthy"), folder));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_goes_by_its_own_time_is_neither_missed_nor_put_back() {
    const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once, namespace: default}\nspec:\n  \
                       ttlSecondsAfterFinished: 0\n  template:\n    \
                       spec: {restartPolicy: Never, containers: [{name: once, image: once}]}\n";
    let world = World::start().await;
    let revision = world.commit(&[("app/once.yaml", JOB), ("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"wait": true, "interval": "1h"})).await;
    let (job, web) = (object("batch/v1", "Job", "default", "once"), config_map_ref("web"));
    world.until_is(&job, "created", |_| true).await;
    world.delete(&job).await;
    world.until_gone(&job).await;
    world.until_applied("app", &revision).await;
    // Whatever was heard of before the second correction was looked at by then.
    for value in ["2", "3"] {
        world.patch(&web, "kubectl-edit", json!({"data": {"value": value}})).await;
        world.until_is(&web, "put back", |found| found["data"]["value"] == "1").await;
    }
    assert_eq!(world.get(&job).await, None);
}
