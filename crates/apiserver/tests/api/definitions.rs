//! CustomResourceDefinitions and what they define.

use apiserver::Config;
use expect_test::expect;
use serde_json::json;

use crate::client::{Client, DEFINITIONS, WIDGETS, widget, widgets};

#[tokio::test]
async fn a_definition_serves_its_resource_at_once() {
    let client = Client::new().await;
    assert_eq!(client.get(WIDGETS).await.code, 404);
    let definition = client.post(DEFINITIONS, &widgets()).await.ok();
    let conditions = definition["status"]["conditions"].as_array().expect("conditions");
    assert!(conditions.iter().any(|condition| condition["type"] == "Established" && condition["status"] == "True"));
    assert_eq!(definition["status"]["storedVersions"], json!(["v1"]));
    let created = client.post(WIDGETS, &widget("w", 1)).await.ok();
    assert_eq!(created["spec"]["colour"], "red", "defaults come from the schema");
    assert_eq!(created["metadata"]["generation"], 1);
    let list = client.get(WIDGETS).await.ok();
    assert_eq!((&list["kind"], &list["items"][0]["kind"]), (&json!("WidgetList"), &json!("Widget")));
    let groups = client.get("/apis/example.com").await.ok();
    assert_eq!(groups["preferredVersion"]["version"], "v1");
}

#[tokio::test]
async fn objects_are_checked_against_the_schema() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    let bad = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 0, "colour": 5}});
    let refused = client.post(WIDGETS, &bad).await;
    assert_eq!(refused.code, 422);
    assert_eq!(refused.json()["details"]["causes"].as_array().map(Vec::len), Some(2), "{}", refused.json());
    let unknown = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1, "shape": "round"}});
    let warned = client.post(WIDGETS, &unknown).await;
    assert_eq!(warned.warnings(), [r#"299 - "unknown field \"spec.shape\"""#]);
    assert!(warned.ok()["spec"]["shape"].is_null());
    expect![[r#"400 BadRequest Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.shape""#]]
        .assert_eq(&client.post(&format!("{WIDGETS}?fieldValidation=Strict"), &unknown).await.failure());
    expect![[r#"422 Invalid widgets.example.com "w" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"#]]
        .assert_eq(&client.put(&format!("{WIDGETS}/w"), &widget("w", 2)).await.failure());
}

#[tokio::test]
async fn versions_show_the_same_object() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    client.post(WIDGETS, &widget("w", 1)).await.ok();
    let beta = "/apis/example.com/v1beta1/namespaces/default/widgets";
    let old = client.get(&format!("{beta}/w")).await.ok();
    assert_eq!((&old["apiVersion"], &old["spec"]["size"]), (&json!("example.com/v1beta1"), &json!(1)));
    client.merge(&format!("{beta}/w"), &json!({"spec": {"size": 2}})).await.ok();
    let new = client.get(&format!("{WIDGETS}/w")).await.ok();
    assert_eq!((&new["apiVersion"], &new["spec"]["size"]), (&json!("example.com/v1"), &json!(2)));
    let list = client.get(beta).await.ok();
    assert_eq!(list["items"][0]["apiVersion"], "example.com/v1beta1");
}

#[tokio::test]
async fn a_definition_takes_its_objects_with_it() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    let mut held = widget("held", 1);
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(WIDGETS, &held).await.ok();
    client.post(WIDGETS, &widget("plain", 1)).await.ok();
    let mut watch = client.watch(&format!("{WIDGETS}?")).await;
    assert_eq!(watch.brief().await, "ADDED held");
    let marked = client.delete(&format!("{DEFINITIONS}/widgets.example.com")).await.ok();
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    client.gone(WIDGETS, "plain").await;
    client.merge(&format!("{WIDGETS}/held"), &json!({"metadata": {"finalizers": null}})).await.ok();
    client.gone(DEFINITIONS, "widgets.example.com").await;
    assert_eq!(client.get(WIDGETS).await.code, 404);
    while watch.next().await.is_some() {}
}

#[tokio::test]
async fn a_changed_definition_is_served_as_changed() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    let path = format!("{DEFINITIONS}/widgets.example.com");
    let changed = client
        .patch(
            &path,
            "application/json-patch+json",
            &json!([{"op": "replace", "path": "/spec/versions/1/served", "value": false}]),
        )
        .await
        .ok();
    assert_eq!(changed["metadata"]["generation"], 2);
    assert_eq!(client.get("/apis/example.com/v1beta1/namespaces/default/widgets").await.code, 404);
    assert_eq!(client.get(WIDGETS).await.code, 200);
}

#[tokio::test]
async fn an_invalid_definition_is_refused() {
    let client = Client::new().await;
    let mut definition = widgets();
    definition["metadata"]["name"] = "gadgets.example.com".into();
    let refused = client.post(DEFINITIONS, &definition).await;
    assert!(refused.failure().starts_with("422 Invalid CustomResourceDefinition.apiextensions.k8s.io \"gadgets.example.com\" is invalid: metadata.name:"), "{}", refused.failure());
}

#[tokio::test]
async fn definitions_can_be_there_from_the_start() {
    let client = Client::with(Config { custom_resources: vec![widgets()], ..Config::default() }).await;
    client.post(WIDGETS, &widget("w", 1)).await.ok();
    assert_eq!(client.get(&format!("{DEFINITIONS}/widgets.example.com")).await.code, 200);
    let mut broken = widgets();
    broken["spec"]["versions"] = json!([]);
    let config = Config { custom_resources: vec![broken], ..Config::default() };
    assert!(apiserver::ApiServer::open(config).await.is_err());
}
