//! A controller of Flux that comes and goes beside a real process.

use manifest::Value;
use serde_json::json;
use testkit::git::Repository;

use crate::replicas::stand::{FLUX, Stand, object};

fn item(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: item, namespace: default}}\ndata: {{value: {value}}}\n")
}

fn controller(replicas: u64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "kustomize-controller", "namespace": FLUX, "labels": {"app.kubernetes.io/part-of": "flux"},
        },
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "kustomize-controller"}},
            "template": {
                "metadata": {"labels": {"app": "kustomize-controller"}},
                "spec": {"containers": [{"name": "manager", "image": "registry.example.com/kustomize-controller"}]},
            },
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flux_that_starts_beside_us_is_told_of_and_not_fought() {
    let repository = Repository::create().unwrap();
    let first = repository.commit([("app/item.yaml", item("first"))], "first").unwrap();
    let stand = Stand::start().await;
    let replica = stand.replica("only", &[]).await;
    stand.follow(&repository.url()).await;
    stand.until_applied(&first).await;

    stand.apply(controller(1)).await;
    let kustomization = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, "app");
    let stalled = |found: &Value| found["status"]["conditions"].to_string().contains("ConflictingController");
    stand.until(&kustomization, "left to Flux", stalled).await;
    replica.take_writes();
    let second = repository.commit([("app/item.yaml", item("second"))], "second").unwrap();
    // The source is still ours, and what it fetched woke the Kustomization.
    let source = object("source.toolkit.fluxcd.io/v1", "GitRepository", FLUX, "app");
    let fetched = |found: &Value| found["status"]["artifact"]["revision"].to_string().contains(&second);
    stand.until(&source, "fetched", fetched).await;
    let wrote = replica.take_writes();
    assert!(
        !wrote.iter().any(|write| write.contains("/configmaps/") || write.contains("/kustomizations/")),
        "{wrote:#?}"
    );
    let told = stand.tenter(&["get", "all", "-A"]).await.ok();
    assert!(told.contains("kustomize-controller runs"), "{told}");

    stand.apply(controller(0)).await;
    stand.until_applied(&second).await;
}
