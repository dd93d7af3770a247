//! Evictions and disruption budgets.

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::Client;

const PODS: &str = "/api/v1/namespaces/default/pods";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

async fn with_ready_pods(names: &[&str]) -> Client {
    let client = Client::new().await;
    for name in names {
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "web"}]},
        });
        client.post(PODS, &pod).await.ok();
        let running = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        client.merge(&format!("{PODS}/{name}/status"), &running).await.ok();
    }
    client
}

fn budget(name: &str, least: u64) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "web"}}},
    })
}

fn eviction(name: &str) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}})
}

#[tokio::test]
async fn a_budget_keeps_the_last_pod() {
    let client = with_ready_pods(&["a", "b"]).await;
    client.post(BUDGETS, &budget("web", 1)).await.ok();
    client.post(&format!("{PODS}/a/eviction"), &eviction("a")).await.ok();
    assert_eq!(client.get(&format!("{PODS}/a")).await.code, 404);
    let refused = client.post(&format!("{PODS}/b/eviction"), &eviction("b")).await;
    expect!["429 TooManyRequests Cannot evict pod as it would violate the pod's disruption budget."]
        .assert_eq(&refused.failure());
    expect!["The disruption budget web needs 1 healthy pods and has 1 currently"]
        .assert_eq(refused.json()["details"]["causes"][0]["message"].as_str().unwrap_or_default());
    client.get(&format!("{PODS}/b")).await.ok();
    client.delete(&format!("{BUDGETS}/web")).await.ok();
    client.post(&format!("{PODS}/b/eviction"), &eviction("b")).await.ok();
}

#[tokio::test]
async fn two_budgets_of_a_pod_are_an_error() {
    let client = with_ready_pods(&["a"]).await;
    client.post(BUDGETS, &budget("one", 0)).await.ok();
    client.post(BUDGETS, &budget("two", 0)).await.ok();
    expect![
        "500 InternalError This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    ]
    .assert_eq(&client.post(&format!("{PODS}/a/eviction"), &eviction("a")).await.failure());
}

#[tokio::test]
async fn dry_evictions_leave_the_pod() {
    let client = with_ready_pods(&["a"]).await;
    let mut dry = eviction("a");
    dry["deleteOptions"] = json!({"dryRun": ["All"]});
    client.post(&format!("{PODS}/a/eviction"), &dry).await.ok();
    client.get(&format!("{PODS}/a")).await.ok();
}

#[tokio::test]
async fn evicted_pods_that_are_not_replaced_yet_are_missed() {
    let client = with_ready_pods(&[]).await;
    let selector = json!({"matchLabels": {"app": "web"}});
    let template =
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "web"}]}});
    let set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {"replicas": 3, "selector": selector, "template": template},
    });
    let set = client.post("/apis/apps/v1/namespaces/default/replicasets", &set).await.ok();
    let owner = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": set["metadata"]["uid"], "controller": true,
    }]);
    for name in ["a", "b", "c"] {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]});
        pod["metadata"]["labels"] = template["metadata"]["labels"].clone();
        pod["metadata"]["ownerReferences"] = owner.clone();
        client.post(PODS, &pod).await.ok();
        let running = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        client.merge(&format!("{PODS}/{name}/status"), &running).await.ok();
    }
    let mut one_at_a_time = budget("web", 0);
    one_at_a_time["spec"] = json!({"maxUnavailable": 1, "selector": selector});
    client.post(BUDGETS, &one_at_a_time).await.ok();
    client.post(&format!("{PODS}/a/eviction"), &eviction("a")).await.ok();
    assert_eq!(client.post(&format!("{PODS}/b/eviction"), &eviction("b")).await.code, 429);
}
