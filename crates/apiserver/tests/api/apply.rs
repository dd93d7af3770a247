//! Server-side apply.

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, DEFINITIONS, DEPLOYMENTS, WIDGETS, config_map, deployment, widget, widgets};

/// `manager operation subresource: fields` of each entry.
fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().expect("managed fields");
    let mut shown: Vec<String> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}: {}", text("manager"), text("operation"), text("subresource"), entry["fieldsV1"])
        })
        .collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn apply_creates_and_merges() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a");
    let created =
        client.apply(&format!("{path}?fieldManager=one"), &config_map("a", json!({"x": "1", "y": "1"}))).await;
    assert_eq!(created.code, 201);
    let other = client.apply(&format!("{path}?fieldManager=two"), &config_map("a", json!({"z": "1"}))).await;
    assert_eq!(other.code, 200);
    assert_eq!(other.ok()["data"], json!({"x": "1", "y": "1", "z": "1"}));
    let fewer = client.apply(&format!("{path}?fieldManager=one"), &config_map("a", json!({"x": "1"}))).await.ok();
    assert_eq!(fewer["data"], json!({"x": "1", "z": "1"}), "what a manager no longer applies goes");
    expect![[r#"
        one Apply : {"f:data":{"f:x":{}}}
        two Apply : {"f:data":{"f:z":{}}}"#]]
    .assert_eq(&managers(&fewer).join("\n"));
    let again = client.apply(&format!("{path}?fieldManager=one"), &config_map("a", json!({"x": "1"}))).await.ok();
    assert_eq!(again["metadata"]["resourceVersion"], fewer["metadata"]["resourceVersion"], "nothing changed");
}

#[tokio::test]
async fn conflicts_name_the_other_manager() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a");
    client.apply(&format!("{path}?fieldManager=one"), &config_map("a", json!({"x": "1"}))).await.ok();
    let conflict = client.apply(&format!("{path}?fieldManager=two"), &config_map("a", json!({"x": "2"}))).await;
    expect![[r#"409 Conflict Apply failed with 1 conflict: conflict with "one": .data.x"#]]
        .assert_eq(&conflict.failure());
    assert_eq!(
        conflict.json()["details"]["causes"],
        json!([{"reason": "FieldManagerConflict", "message": "conflict with \"one\"", "field": ".data.x"}])
    );
    let forced =
        client.apply(&format!("{path}?fieldManager=two&force=true"), &config_map("a", json!({"x": "2"}))).await.ok();
    assert_eq!(forced["data"]["x"], "2");
    expect![[r#"two Apply : {"f:data":{"f:x":{}}}"#]].assert_eq(&managers(&forced).join("\n"));
}

#[tokio::test]
async fn other_writes_are_recorded_too() {
    let client = Client::new().await;
    let headers = [("content-type", "application/json"), ("user-agent", "painter/1.0 (linux)")];
    let body = config_map("a", json!({"x": "1"})).to_string();
    let created = client.send("POST", CONFIG_MAPS, &headers, body).await.ok();
    expect![[r#"painter Update : {"f:data":{".":{},"f:x":{}}}"#]].assert_eq(&managers(&created).join("\n"));
    let path = format!("{DEPLOYMENTS}/web");
    client.apply(&format!("{path}?fieldManager=deployer"), &deployment("web", 1)).await.ok();
    let status =
        client.merge(&format!("{path}/status?fieldManager=controller"), &json!({"status": {"replicas": 1}})).await.ok();
    let shown = managers(&status).join("\n");
    assert!(shown.contains(r#"controller Update status: {"f:status":{"f:replicas":{}}}"#), "{shown}");
    let reset = client.merge(&path, &json!({"metadata": {"managedFields": [{}]}})).await.ok();
    assert!(reset["metadata"]["managedFields"].is_null());
}

#[tokio::test]
async fn apply_is_strict_about_its_request() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a");
    expect![[r#"422 Invalid PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch"#]]
        .assert_eq(&client.apply(&path, &config_map("a", json!({}))).await.failure());
    let path = format!("{path}?fieldManager=me");
    let mut managed = config_map("a", json!({}));
    managed["metadata"]["managedFields"] = json!([]);
    expect!["400 BadRequest metadata.managedFields must be nil"]
        .assert_eq(&client.apply(&path, &managed).await.failure());
    assert_eq!(client.apply(&path, &config_map("b", json!({}))).await.code, 400);
    assert_eq!(client.apply(&path, &json!({"metadata": {"name": "a"}})).await.code, 400);
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: \"1\"\n";
    let created = client.send("PATCH", &path, &[("content-type", "application/apply-patch+yaml")], yaml).await;
    assert_eq!(created.code, 201);
    assert_eq!(created.ok()["data"]["x"], "1");
}

#[tokio::test]
async fn dry_runs_of_apply_leave_no_trace() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a?fieldManager=me&dryRun=All");
    assert_eq!(client.apply(&path, &config_map("a", json!({"x": "1"}))).await.code, 201);
    assert_eq!(client.get(&format!("{CONFIG_MAPS}/a")).await.code, 404);
}

#[tokio::test]
async fn custom_resources_are_applied() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    let path = format!("{WIDGETS}/w?fieldManager=me");
    let created = client.apply(&path, &widget("w", 1)).await;
    assert_eq!(created.code, 201);
    assert_eq!(created.ok()["spec"], json!({"size": 1, "colour": "red"}));
    let updated = client.apply(&path, &widget("w", 2)).await.ok();
    assert_eq!((&updated["spec"]["size"], &updated["metadata"]["generation"]), (&json!(2), &json!(2)));
    assert_eq!(client.apply(&path, &widget("w", 0)).await.code, 422);
}
