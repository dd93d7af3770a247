//! A disk that is full: what is fetched cannot be kept, and everything else goes on.

use manifest::Value;
use serde_json::json;
use testkit::git::{Access, HttpServer, Repository, Wire};

use crate::replicas::stand::{FLUX, Stand, object};

fn item(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: item, namespace: default}}\ndata: {{value: {value}}}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_holds_up_new_commits_alone() {
    let repository = Repository::create().unwrap();
    let first = repository.commit([("app/item.yaml", item("first"))], "first").unwrap();
    let server = HttpServer::start(&[("app.git", repository.path())], Access::Open, Wire::Plain).await.unwrap();
    let stand = Stand::start().await;
    let disk = tempfile::tempdir().unwrap();
    let replica = stand.replica_on_a_small_disk("only", &["--storage-path", disk.path().to_str().unwrap()]).await;
    stand.follow(&server.url("app.git")).await;
    stand.until_applied(&first).await;

    replica.may_store("0");
    let second = repository.commit([("app/item.yaml", item("second"))], "second").unwrap();
    let source = object("source.toolkit.fluxcd.io/v1", "GitRepository", FLUX, "app");
    let asked = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    stand.cluster.merge_patch(&source, "flux", &asked).await.unwrap();
    let condition = |found: &Value, kind: &str| {
        let conditions = found["status"]["conditions"].as_array().into_iter().flatten();
        conditions.into_iter().find(|condition| condition["type"] == kind).cloned().unwrap_or_default()
    };
    let failed = |found: &Value| condition(found, "FetchFailed")["status"] == "True";
    let found = stand.until(&source, "not fetched", failed).await;
    let message = condition(&found, "FetchFailed")["message"].to_string();
    assert!(message.contains("File too large"), "{message}");
    assert!(found["status"]["artifact"]["revision"].to_string().contains(&first), "what was fetched is kept");

    // What is known is kept as it is, without a disk.
    let place = object("v1", "ConfigMap", "default", "item");
    stand.cluster.merge_patch(&place, "kubectl-edit", &json!({"data": {"value": "by hand"}})).await.unwrap();
    stand.until(&place, "put back", |found| found["data"]["value"] == "first").await;

    // Nobody has to ask again once there is room.
    replica.may_store("unlimited");
    stand.until_applied(&second).await;
}
