//! Deletion, finalizers, garbage collection.

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, DEPLOYMENTS, config_map, deployment};

fn owned(name: &str, owner: &Value, blocks: bool) -> Value {
    let mut object = config_map(name, json!({}));
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "blockOwnerDeletion": blocks,
    }]);
    object
}

#[tokio::test]
async fn deleting_answers_with_a_status_or_the_object() {
    let client = Client::new().await;
    let created = client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    let deleted = client.delete(&format!("{DEPLOYMENTS}/web")).await.ok();
    assert_eq!(
        deleted,
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {"name": "web", "group": "apps", "kind": "deployments", "uid": created["metadata"]["uid"]},
        })
    );
    assert_eq!(client.delete(&format!("{DEPLOYMENTS}/web")).await.code, 404);
}

#[tokio::test]
async fn preconditions_are_checked() {
    let client = Client::new().await;
    let created = client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let path = format!("{CONFIG_MAPS}/a");
    let wrong = client.delete_with(&path, &json!({"preconditions": {"uid": "other"}})).await;
    assert!(
        wrong.failure().contains("the UID in the precondition (other) does not match the UID in record"),
        "{}",
        wrong.failure()
    );
    assert_eq!(client.delete_with(&path, &json!({"preconditions": {"resourceVersion": "1"}})).await.code, 409);
    let right = json!({"preconditions": {"uid": created["metadata"]["uid"]}});
    client.delete_with(&path, &right).await.ok();
}

#[tokio::test]
async fn finalizers_hold_an_object() {
    let client = Client::new().await;
    let path = format!("{DEPLOYMENTS}/web");
    let mut object = deployment("web", 1);
    object["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(DEPLOYMENTS, &object).await.ok();
    let marked = client.delete(&path).await.ok();
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 0);
    assert_eq!(marked["metadata"]["generation"], 2);
    let again = client.delete(&path).await.ok();
    assert_eq!(again["metadata"]["resourceVersion"], marked["metadata"]["resourceVersion"]);
    expect![[r#"422 Invalid Deployment.apps "web" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}"#]]
        .assert_eq(&client.merge(&path, &json!({"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}})).await.failure());
    client.merge(&path, &json!({"metadata": {"finalizers": null}})).await.ok();
    assert_eq!(client.get(&path).await.code, 404);
}

#[tokio::test]
async fn a_collection_is_deleted_by_selection() {
    let client = Client::new().await;
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut object = config_map(name, json!({}));
        object["metadata"]["labels"] = json!({"l": label});
        client.post(CONFIG_MAPS, &object).await.ok();
    }
    let deleted = client.delete(&format!("{CONFIG_MAPS}?labelSelector=l%3Dx")).await.ok();
    assert_eq!(deleted["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(client.get(CONFIG_MAPS).await.ok()["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn dependents_go_after_their_owner() {
    let client = Client::new().await;
    let owner = client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    let child = client.post(CONFIG_MAPS, &owned("child", &owner, false)).await.ok();
    client.post(CONFIG_MAPS, &owned("grandchild", &child, false)).await.ok();
    client.delete(&format!("{DEPLOYMENTS}/web")).await.ok();
    client.gone(CONFIG_MAPS, "child").await;
    client.gone(CONFIG_MAPS, "grandchild").await;
}

#[tokio::test]
async fn in_the_foreground_dependents_go_first() {
    let client = Client::new().await;
    let owner = client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    let mut child = owned("child", &owner, true);
    child["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(CONFIG_MAPS, &child).await.ok();
    let marked =
        client.delete_with(&format!("{DEPLOYMENTS}/web"), &json!({"propagationPolicy": "Foreground"})).await.ok();
    assert_eq!(marked["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    client.until(CONFIG_MAPS, "child", |child| child["metadata"]["deletionTimestamp"].is_string()).await;
    assert_eq!(client.get(&format!("{DEPLOYMENTS}/web")).await.code, 200, "it waits for its dependent");
    client.merge(&format!("{CONFIG_MAPS}/child"), &json!({"metadata": {"finalizers": null}})).await.ok();
    client.gone(DEPLOYMENTS, "web").await;
}

#[tokio::test]
async fn orphans_stay_and_forget_their_owner() {
    let client = Client::new().await;
    let owner = client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    client.post(CONFIG_MAPS, &owned("child", &owner, true)).await.ok();
    client.delete(&format!("{DEPLOYMENTS}/web?propagationPolicy=Orphan")).await.ok();
    client.gone(DEPLOYMENTS, "web").await;
    let child = client.get(&format!("{CONFIG_MAPS}/child")).await.ok();
    assert!(child["metadata"]["ownerReferences"].is_null(), "{child}");
}

#[tokio::test]
async fn an_owner_that_never_was_takes_its_dependent_with_it() {
    let client = Client::new().await;
    let ghost = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "ghost", "uid": "11111111-1111-4111-8111-111111111111"}});
    client.post(CONFIG_MAPS, &owned("child", &ghost, false)).await.ok();
    client.gone(CONFIG_MAPS, "child").await;
}

#[tokio::test]
async fn one_solid_owner_is_enough() {
    let client = Client::new().await;
    let stays = client.post(DEPLOYMENTS, &deployment("stays", 1)).await.ok();
    let goes = client.post(DEPLOYMENTS, &deployment("goes", 1)).await.ok();
    let mut child = owned("child", &stays, false);
    let second = owned("child", &goes, false)["metadata"]["ownerReferences"][0].clone();
    child["metadata"]["ownerReferences"].as_array_mut().expect("owners").push(second);
    client.post(CONFIG_MAPS, &child).await.ok();
    client.delete(&format!("{DEPLOYMENTS}/goes")).await.ok();
    let child = client
        .until(CONFIG_MAPS, "child", |child| child["metadata"]["ownerReferences"].as_array().map(Vec::len) == Some(1))
        .await;
    assert_eq!(child["metadata"]["ownerReferences"][0]["name"], "stays");
}

#[tokio::test]
async fn pods_that_run_take_their_time() {
    let client = Client::new().await;
    let pods = "/api/v1/namespaces/default/pods";
    let pod = |name: &str, node: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeName": node, "terminationGracePeriodSeconds": 5, "containers": [{"name": "main", "image": "example/web:1"}]}})
    };
    assert_eq!(client.post(pods, &pod("waiting", "")).await.ok()["status"]["phase"], "Pending");
    client.post(pods, &pod("running", "node-1")).await.ok();
    client.delete(&format!("{pods}/waiting")).await.ok();
    assert_eq!(client.get(&format!("{pods}/waiting")).await.code, 404, "it runs nowhere");
    let marked = client.delete(&format!("{pods}/running")).await.ok();
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 5);
    assert_eq!(client.get(&format!("{pods}/running")).await.code, 200);
    client.delete(&format!("{pods}/running?gracePeriodSeconds=0")).await.ok();
    assert_eq!(client.get(&format!("{pods}/running")).await.code, 404);
}
