//! Hooks, tests, definitions of resources, values, dependencies, and becoming another release.

use cluster::{Scope, Selector};
use manifest::GroupVersionKind;
use serde_json::json;

use crate::helm_world::{APPS, config_ref, data, release_ref};
use crate::world::{FLUX, World, object, told};

/// A ConfigMap as a hook.
fn hook(name: &str, event: &str, weight: i32, policy: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {event}\n    helm.sh/hook-weight: \"{weight}\"\n    helm.sh/hook-delete-policy: {policy}\n"
    )
}

/// A Job that does its work, as a hook.
fn job(name: &str, event: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {event}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: {name}\n        image: busybox\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_run_in_order_and_go_as_they_ask_to() {
    let world = World::with_chart(
        "1.0.0",
        &[
            ("templates/late.yaml", &hook("late", "pre-install", 5, "before-hook-creation")),
            ("templates/early.yaml", &hook("early", "pre-install", -5, "hook-succeeded")),
            ("templates/after.yaml", &hook("after", "post-install", 0, "before-hook-creation")),
            ("templates/never.yaml", &hook("never", "post-upgrade", 0, "before-hook-creation")),
        ],
    )
    .await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    let made: Vec<String> = world
        .writes
        .all()
        .into_iter()
        .filter_map(|write| write.strip_prefix("PATCH /api/v1/namespaces/apps/configmaps/").map(str::to_owned))
        .collect();
    let mut order: Vec<&str> = Vec::new();
    for name in &made {
        if !order.contains(&name.as_str()) {
            order.push(name);
        }
    }
    assert_eq!(order, ["early", "late", "web", "after"]);
    assert!(world.get(&config_ref("early")).await.is_none(), "it succeeded");
    assert!(world.get(&config_ref("late")).await.is_some());
    assert!(world.get(&config_ref("never")).await.is_none());
    let release = world.stored("web").await.pop().unwrap();
    let phases: Vec<(&str, &str)> =
        release.hooks.iter().map(|hook| (hook.name.as_str(), hook.last_run.phase.as_str())).collect();
    assert!(phases.contains(&("early", "Succeeded")) && phases.contains(&("never", "")), "{phases:?}");
    assert!(!release.manifest.contains("early"), "hooks are no part of the manifest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_waits_for_the_jobs_of_its_hooks() {
    let world = World::with_chart("1.0.0", &[("templates/job.yaml", &job("migrate", "pre-install"))]).await;
    world.release("web", json!({})).await;
    let migrate = object("batch/v1", "Job", APPS, "migrate");
    world.until_is(&migrate, "made", |_| true).await;
    assert!(world.get(&config_ref("web")).await.is_none());
    assert_eq!(world.revisions("web").await, ["1 pending-install"]);
    let done = json!({"status": {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:01Z", "succeeded": 1,
        "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}]}});
    world.cluster.patch_status(&migrate, "job-controller", &done["status"]).await.unwrap();
    world.until_released("web", "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tests_run_once_a_release_is_made() {
    let world =
        World::with_chart("1.0.0", &[("templates/tests/test.yaml", &hook("check", "test", 0, "before-hook-creation"))])
            .await;
    world.release("web", json!({"test": {"enable": true}})).await;
    let release = world.until_release_is("web", "TestSuccess", "True", "TestSucceeded").await;
    assert_eq!(
        told(&release, "Ready"),
        "TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: 1 test hook completed successfully"
    );
    assert_eq!(release["status"]["history"][0]["testHooks"]["check"]["phase"], "Succeeded");
}

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: colours.example.com\nspec:\n  group: example.com\n  names: {kind: Colour, plural: colours, singular: colour}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn definitions_of_resources_come_first_and_stay() {
    let colour = "{{ if .Capabilities.APIVersions.Has \"example.com/v1\" }}\napiVersion: example.com/v1\nkind: Colour\nmetadata:\n  name: red\n{{ end }}\n";
    let world = World::with_chart("1.0.0", &[("crds/colours.yaml", CRD), ("templates/colour.yaml", colour)]).await;
    world.release("web", json!({})).await;
    let release = world.until_released("web", "1.0.0").await;
    assert!(world.get(&object("example.com/v1", "Colour", APPS, "red")).await.is_some());
    let inventory = release["status"]["inventory"]["entries"].to_string();
    assert!(inventory.contains("_colours.example.com_apiextensions.k8s.io_CustomResourceDefinition"), "{inventory}");
    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
    let definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "colours.example.com");
    assert!(world.get(&definition).await.is_some());
    assert!(world.get(&object("example.com/v1", "Colour", APPS, "red")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_values_of_others_make_an_upgrade() {
    let world = World::with_chart("1.0.0", &[]).await;
    let values = |value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "values", "namespace": FLUX},
            "data": {"values.yaml": format!("value: {value}\n")}})
    };
    world.release("web", json!({"valuesFrom": [{"kind": "ConfigMap", "name": "values"}]})).await;
    let release = world.until_release_is("web", "Ready", "False", "ValuesError").await;
    assert!(told(&release, "Ready").contains("\"values\" not found"), "{}", told(&release, "Ready"));
    world.apply(values("first")).await;
    world.until_is(&config_ref("web"), "first", |found| data(found, "value") == "first").await;
    world.until_released("web", "1.0.0").await;
    world.apply(values("second")).await;
    world.until_is(&config_ref("web"), "second", |found| data(found, "value") == "second").await;
    world.until_release_is("web", "Ready", "True", "UpgradeSucceeded").await;
    assert_eq!(world.revisions("web").await, ["1 superseded", "2 deployed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_wait_for_those_they_depend_on() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("after", json!({"dependsOn": [{"name": "before"}]})).await;
    let waiting = world.until_release_is("after", "Ready", "False", "DependencyNotReady").await;
    assert_eq!(told(&waiting, "Ready"), "DependencyNotReady: dependency 'flux-system/before' not found");
    assert!(world.revisions("after").await.is_empty());
    world.release("before", json!({})).await;
    world.until_released("before", "1.0.0").await;
    world.until_released("after", "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_makes_another_release() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    world.release("web", json!({"releaseName": "other"})).await;
    world.until_is(&config_ref("other"), "made", |_| true).await;
    world.until_released("web", "1.0.0").await;
    assert!(world.get(&config_ref("web")).await.is_none());
    assert!(world.revisions("web").await.is_empty());
    assert_eq!(world.revisions("other").await, ["1 deployed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_release_that_is_deleted_leaves_everything() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    world.release("web", json!({"suspend": true})).await;
    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
    assert!(world.get(&config_ref("web")).await.is_some());
    assert_eq!(world.revisions("web").await, ["1 deployed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_is_kept_as_far_as_it_is_wished() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({"maxHistory": 2})).await;
    for patch in 0..4 {
        let version = format!("1.0.{patch}");
        world.commit_chart(&version, &[]);
        world.until_released("web", &version).await;
    }
    assert_eq!(world.revisions("web").await, ["3 superseded", "4 deployed"]);
    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
    let charts = GroupVersionKind::from_api_version("source.toolkit.fluxcd.io/v1", "HelmChart");
    let found = world.cluster.list(&charts, &Scope::Cluster, &Selector::all()).await.unwrap();
    assert_eq!(found, [manifest::Value::Null; 0], "the HelmChart goes too");
}
