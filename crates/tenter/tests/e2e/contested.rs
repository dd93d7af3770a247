//! Two Kustomizations of a real process that declare one object.

use manifest::Value;
use serde_json::json;
use testkit::git::Repository;

use crate::replicas::stand::{FLUX, Stand, object};

fn config_map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{value: '{value}'}}\n"
    )
}

fn ready(kustomization: &Value) -> String {
    let conditions = kustomization["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready");
    ready.and_then(|ready| ready["reason"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_kustomizations_with_one_object_do_not_take_turns() {
    let repository = Repository::create().unwrap();
    let both = [
        ("app/web.yaml", config_map("web", "first")),
        ("late/web.yaml", config_map("web", "second")),
        ("late/own.yaml", config_map("own", "second")),
    ];
    let first = repository.commit(both, "both").unwrap();
    let stand = Stand::start().await;
    let replica = stand.replica("only", &[]).await;
    stand.follow(&repository.url()).await;
    stand.until_applied(&first).await;
    let late = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "late", "namespace": FLUX},
        "spec": {
            "interval": "10m", "path": "late", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "app"},
        },
    });
    stand.apply(late).await;
    let kustomization = |name: &str| object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, name);
    let conflict = |found: &Value| ready(found) == "OwnershipConflict";
    let yielded = stand.until(&kustomization("app"), "yields", conflict).await;
    assert!(yielded["status"].to_string().contains("ConfigMap/default/web (Kustomization flux-system/late)"));
    let succeeded = |found: &Value| ready(found) == "ReconciliationSucceeded";
    stand.until(&kustomization("late"), "ready", succeeded).await;
    let web = object("v1", "ConfigMap", "default", "web");
    let taken = stand.until(&web, "taken", |found| found["data"]["value"] == "second").await;

    // Both are asked again: what is written is their status, and nothing else.
    replica.take_writes();
    for name in ["app", "late"] {
        let asked = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "once more"}}});
        stand.cluster.merge_patch(&kustomization(name), "flux", &asked).await.unwrap();
        let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == "once more";
        stand.until(&kustomization(name), "handled", handled).await;
    }
    let written = replica.take_writes();
    assert!(!written.iter().any(|write| write.contains("/configmaps/")), "{written:#?}");
    let told = stand.tenter(&["events", "-n", FLUX]).await.ok();
    let warnings = |name: &str| {
        told.lines().filter(|line| line.contains("OwnershipConflict") && line.contains(&format!("/{name} "))).count()
    };
    assert_eq!((warnings("app"), warnings("late")), (1, 1), "{told}");

    // The one that holds it lets go, and the other one has it again: the same object, never deleted.
    repository.git(["rm", "--quiet", "late/web.yaml"]).unwrap();
    let second = repository.commit([("late/own.yaml", config_map("own", "third"))], "resolved").unwrap();
    stand.until_applied(&second).await;
    let back = stand.until(&web, "back", |found| found["data"]["value"] == "first").await;
    assert_eq!(back["metadata"]["uid"], taken["metadata"]["uid"]);
    stand.until(&kustomization("late"), "ready", succeeded).await;
}
