//! The ways in which a HelmRelease wants its objects applied and waited for.

use serde_json::json;

use crate::helm_world::{APPS, config_ref};
use crate::world::{World, object, told};

/// A ConfigMap that cannot be changed.
fn fixed(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fixed\nimmutable: true\ndata:\n  value: {value}\n")
}

/// A ConfigMap with a field that no ConfigMap has.
const MISSPELT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: misspelt\ndate:\n  value: one\n";

const CANARY: &str = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata:\n  name: web\nspec:\n  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  service: {port: 80}\n  analysis: {interval: 1m, threshold: 5, iterations: 1}\n";

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n      containers:\n      - name: web\n        image: web\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_change_is_made_anew_if_that_is_forced() {
    let world = World::with_chart("1.0.0", &[("templates/fixed.yaml", &fixed("one"))]).await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    let fixed_ref = config_ref("fixed");
    let first = world.get(&fixed_ref).await.unwrap();

    world.commit_chart("2.0.0", &[("templates/fixed.yaml", &fixed("two"))]);
    let refused = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    assert!(told(&refused, "Released").contains("immutable"), "{}", told(&refused, "Released"));
    assert_eq!(world.get(&fixed_ref).await.unwrap()["data"]["value"], "one");

    world.release("web", json!({"upgrade": {"force": true, "serverSideApply": "enabled"}})).await;
    let refused = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    assert!(
        told(&refused, "Released").contains("immutable"),
        "as in Flux, force is for what is not applied on the server"
    );

    world.release("web", json!({"upgrade": {"force": true, "serverSideApply": "disabled"}})).await;
    world.until_released("web", "2.0.0").await;
    let second = world.get(&fixed_ref).await.unwrap();
    assert_eq!(second["data"]["value"], "two");
    assert_ne!(first["metadata"]["uid"], second["metadata"]["uid"]);
    assert_eq!(
        world.get(&config_ref("web")).await.unwrap()["data"]["version"],
        "2.0.0",
        "what can be changed is changed as ever"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_fields_are_refused_unless_they_may_be_dropped() {
    let world = World::with_chart("1.0.0", &[("templates/misspelt.yaml", MISSPELT)]).await;
    world.release("web", json!({})).await;
    let refused = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    let message = told(&refused, "Released");
    assert!(message.contains("dry-run failed") && message.contains(".date"), "{message}");
    assert!(world.get(&config_ref("web")).await.is_none(), "nothing is half applied");

    let lenient = json!({"install": {"disableOpenAPIValidation": true}, "upgrade": {"disableOpenAPIValidation": true}});
    world.release("web", lenient).await;
    world.until_released("web", "1.0.0").await;
    let made = world.get(&config_ref("misspelt")).await.unwrap();
    assert!(made.get("date").is_none(), "{made}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_legacy_way_of_waiting_asks_less() {
    let files = [("templates/canary.yaml", CANARY), ("templates/deployment.yaml", DEPLOYMENT)];
    let world = World::with_chart("1.0.0", &files).await;
    world.release("web", json!({"waitStrategy": {"name": "legacy"}})).await;
    let deployment = object("apps/v1", "Deployment", APPS, "web");
    let made = world.until_is(&deployment, "made", |_| true).await;
    assert_eq!(world.revisions("web").await, ["1 pending-install"], "the Deployment is waited for");
    // Neither available nor said to be rolled out, which Flux's rules would wait for; and nobody looks at the Canary.
    let generation = &made["metadata"]["generation"];
    let ready = json!({"observedGeneration": generation, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1});
    world.cluster.patch_status(&deployment, "controller", &ready).await.unwrap();
    world.until_released("web", "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_is_stored_as_applied_in_the_way_it_asks_for() {
    let world = World::with_chart("1.0.0", &[]).await;
    let spec = json!({
        "install": {"serverSideApply": false},
        "upgrade": {"timeout": "1s", "remediation": {"retries": 0, "remediateLastFailure": true}},
        "rollback": {"serverSideApply": "enabled"},
    });
    world.release("web", spec).await;
    world.until_released("web", "1.0.0").await;
    world.commit_chart("2.0.0", &[("templates/deployment.yaml", DEPLOYMENT)]);
    world.until_release_is("web", "Remediated", "True", "RollbackSucceeded").await;
    let methods: Vec<String> = world.stored("web").await.into_iter().map(|release| release.apply_method).collect();
    assert_eq!(methods, ["csa", "csa", "ssa"]);
}
