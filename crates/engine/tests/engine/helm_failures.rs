//! What fails: each is told, the last release stays, and retries follow the policy.

use serde_json::json;

use crate::helm_world::{config_ref, data, release_ref};
use crate::world::{World, condition, text, told};

/// A Job that fails at once, as a hook.
fn failing_hook(event: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: {event}\nspec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: hook\n        image: busybox\n        command: [\"false\"]\n"
    )
}

/// A Deployment that never becomes ready: nobody runs it.
const NEVER_READY: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: slow\nspec:\n  selector:\n    matchLabels: {app: slow}\n  template:\n    metadata:\n      labels: {app: slow}\n    spec:\n      containers:\n      - name: slow\n        image: slow\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_upgrade_is_rolled_back() {
    let world = World::with_chart("1.0.0", &[]).await;
    let spec = json!({"upgrade": {"timeout": "1s", "remediation": {"retries": 0, "remediateLastFailure": true}}});
    world.release("web", spec).await;
    world.until_released("web", "1.0.0").await;
    world.commit_chart("2.0.0", &[("templates/slow.yaml", NEVER_READY)]);
    let release = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    assert_eq!(told(&release, "Stalled"), "RetriesExceeded: Failed to upgrade after 1 attempt(s)");
    assert_eq!(
        told(&release, "Remediated"),
        "RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded"
    );
    assert_eq!(condition(&release, "Ready")["status"], "False");
    assert_eq!(world.revisions("web").await, ["1 superseded", "2 failed", "3 deployed"]);
    let config = world.get(&config_ref("web")).await.unwrap();
    assert_eq!(data(&config, "version"), "1.0.0");
    assert!(world.get(&crate::world::object("apps/v1", "Deployment", "apps", "slow")).await.is_none());

    world.commit_chart("2.0.1", &[]);
    world.until_released("web", "2.0.1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_installation_is_undone_and_tried_again_until_it_may_not() {
    let world = World::with_chart("1.0.0", &[("templates/slow.yaml", NEVER_READY)]).await;
    world.release("web", json!({"install": {"timeout": "1s", "remediation": {"retries": 1}}})).await;
    let release = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    assert_eq!(told(&release, "Stalled"), "RetriesExceeded: Failed to install after 2 attempt(s)");
    assert_eq!(release["status"]["installFailures"], 2);
    let ready = told(&release, "Released");
    assert!(
        ready.starts_with("InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: "),
        "{ready}"
    );
    assert_eq!(world.revisions("web").await, ["1 failed"], "the last failure is left to look at");

    world.commit_chart("1.0.1", &[]);
    world.until_released("web", "1.0.1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_fails_leaves_the_last_release() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    world.commit_chart("1.1.0", &[("templates/bad.yaml", "{{ required \"a colour is needed\" .Values.colour }}\n")]);
    let release = world.until_release_is("web", "Released", "False", "UpgradeFailed").await;
    let message = told(&release, "Released");
    assert!(message.contains("web/templates/bad.yaml:1:3"), "{message}");
    assert!(message.contains("a colour is needed") && message.contains("colour"), "{message}");
    assert_eq!(world.revisions("web").await, ["1 deployed"]);
    world.until_event("web", "UpgradeFailed", |message| message.contains("a colour is needed")).await;
    let spec = json!({"values": {"colour": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colour}\n"}});
    world.release("web", spec).await;
    world.until_released("web", "1.1.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_must_fit_the_schema() {
    let schema = r#"{"type": "object", "properties": {"value": {"type": "string"}, "replicas": {"type": "integer"}}}"#;
    let world = World::with_chart("1.0.0", &[("values.schema.json", schema)]).await;
    world.release("web", json!({"values": {"value": 5, "replicas": "many"}})).await;
    let release = world.until_release_is("web", "Released", "False", "InstallFailed").await;
    let message = told(&release, "Released");
    assert!(message.contains("value") && message.contains("replicas"), "every violation is told: {message}");
    world.release("web", json!({"values": {"value": "fine"}})).await;
    world.until_released("web", "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_object_counts_as_a_failure_and_nothing_is_applied() {
    let bad = "apiVersion: v1\nkind: Service\nmetadata:\n  name: bad\nspec:\n  ports: [{port: 99999}]\n";
    let world = World::with_chart("1.0.0", &[("templates/bad.yaml", bad)]).await;
    world.release("web", json!({})).await;
    let release = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    assert!(told(&release, "Released").contains("99999"), "{}", told(&release, "Released"));
    assert!(world.get(&config_ref("web")).await.is_none());
    assert_eq!(world.revisions("web").await, ["1 failed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_fails_fails_the_release() {
    let world = World::with_chart("1.0.0", &[("templates/hook.yaml", &failing_hook("pre-install"))]).await;
    world.release("web", json!({"install": {"timeout": "1s"}})).await;
    let release = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    let message = told(&release, "Released");
    assert!(message.contains("failed pre-install: hook hook (web/templates/hook.yaml)"), "{message}");
    assert!(world.get(&config_ref("web")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_that_is_not_there_is_told() {
    let world = World::with_chart("1.0.0", &[]).await;
    let chart = json!({"spec": {"chart": "./charts/none", "sourceRef": {"kind": "GitRepository", "name": "repo"}}});
    world.release("web", json!({"chart": chart})).await;
    let release = world.until_release_is("web", "Ready", "False", "SourceNotReady").await;
    let message = text(&condition(&release, "Ready")["message"]);
    assert!(message.starts_with("HelmChart 'flux-system/flux-system-web' is not ready: "), "{message}");
    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
}
