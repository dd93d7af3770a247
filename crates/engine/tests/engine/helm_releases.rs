//! From a chart to a release and its next revision.

use serde_json::json;

use crate::helm_world::{config_ref, data, release_ref};
use crate::world::{World, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_is_installed_and_upgraded() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({"values": {"value": "first"}})).await;
    let release = world.until_released("web", "1.0.0").await;
    assert_eq!(
        told(&release, "Ready"),
        "InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0"
    );
    let config = world.get(&config_ref("web")).await.unwrap();
    assert_eq!((data(&config, "value"), data(&config, "version")), ("first", "1.0.0"));
    assert_eq!(config["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    assert_eq!(config["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"], "web");
    assert_eq!(config["metadata"]["annotations"]["meta.helm.sh/release-name"], "web");
    assert_eq!(world.revisions("web").await, ["1 deployed"]);

    world.commit_chart(
        "1.1.0",
        &[("templates/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n")],
    );
    let release = world.until_released("web", "1.1.0").await;
    assert_eq!(
        told(&release, "Ready"),
        "UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.1.0"
    );
    assert_eq!(world.revisions("web").await, ["1 superseded", "2 deployed"]);
    assert!(world.get(&config_ref("more")).await.is_some());

    world.commit_chart("1.2.0", &[]);
    world.until_released("web", "1.2.0").await;
    assert!(world.get(&config_ref("more")).await.is_none(), "what left the chart goes");
    let newest = world.stored("web").await.pop().unwrap();
    assert_eq!(
        (newest.info.notes.as_str(), newest.info.description.as_str()),
        ("Installed web.\n", "Upgrade complete")
    );

    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
    assert!(world.get(&config_ref("web")).await.is_none());
    assert!(world.revisions("web").await.is_empty());
}

/// A Deployment that nobody runs, so that it never becomes ready.
const SLOW: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: slow\nspec:\n  selector:\n    matchLabels: {app: slow}\n  template:\n    metadata:\n      labels: {app: slow}\n    spec:\n      containers:\n      - name: slow\n        image: slow\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_newer_is_not_held_up_by_what_never_gets_ready() {
    let world = World::with_chart("1.0.0", &[("templates/slow.yaml", SLOW)]).await;
    world.release("web", json!({"install": {"timeout": "1h"}})).await;
    world.until_is(&crate::world::object("apps/v1", "Deployment", "apps", "slow"), "made", |_| true).await;
    world.commit_chart("1.0.1", &[]);
    let release = world.until_released("web", "1.0.1").await;
    assert_eq!(release["status"].get("installFailures"), None, "being overtaken is no failure");
    assert_eq!(world.revisions("web").await, ["1 failed", "2 deployed"]);
}
