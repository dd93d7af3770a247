//! JSON patch, merge patch, strategic merge patch, scale.

use serde_json::json;

use crate::client::{CONFIG_MAPS, Client, DEFINITIONS, DEPLOYMENTS, WIDGETS, config_map, deployment, widget, widgets};

const JSON_PATCH: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

#[tokio::test]
async fn each_patch_language_is_spoken() {
    let client = Client::new().await;
    let path = format!("{DEPLOYMENTS}/web");
    client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    let json_patched =
        client.patch(&path, JSON_PATCH, &json!([{"op": "replace", "path": "/spec/replicas", "value": 4}])).await.ok();
    assert_eq!(json_patched["spec"]["replicas"], 4);
    let merged =
        client.merge(&path, &json!({"metadata": {"annotations": {"a": "b"}}, "spec": {"replicas": 5}})).await.ok();
    assert_eq!((&merged["spec"]["replicas"], &merged["metadata"]["annotations"]["a"]), (&json!(5), &json!("b")));
    let sidecar =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "example/side:1"}]}}}});
    let strategic = client.patch(&path, STRATEGIC, &sidecar).await.ok();
    let names: Vec<_> = strategic["spec"]["template"]["spec"]["containers"]
        .as_array()
        .expect("containers")
        .iter()
        .map(|container| container["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"main") && names.contains(&"side"));
}

#[tokio::test]
async fn patches_that_make_no_sense_are_refused() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({"k": "v"}))).await.ok();
    let path = format!("{CONFIG_MAPS}/a");
    let test = json!([{"op": "test", "path": "/data/k", "value": "other"}]);
    assert_eq!(client.patch(&path, JSON_PATCH, &test).await.code, 422);
    assert_eq!(client.patch(&path, JSON_PATCH, &json!({"op": "add"})).await.code, 400);
    assert_eq!(client.merge(&path, &json!([])).await.code, 400);
    assert_eq!(client.patch(&path, "text/plain", &json!({})).await.code, 415);
    assert_eq!(client.merge(&format!("{path}?force=true"), &json!({})).await.code, 422);
    assert_eq!(client.merge(&format!("{CONFIG_MAPS}/x"), &json!({})).await.code, 404);
    let stale = json!({"metadata": {"resourceVersion": "1"}, "data": {"k": "w"}});
    assert_eq!(client.merge(&path, &stale).await.code, 409);
    let renamed = client.merge(&path, &json!({"metadata": {"name": "b"}})).await;
    assert_eq!(renamed.code, 400, "{:?}", renamed.body);
}

#[tokio::test]
async fn concurrent_patches_all_take_effect() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let path = format!("{CONFIG_MAPS}/a");
    let patches = (0..30).map(|index| {
        let (client, path) = (&client, &path);
        async move { client.merge(path, &json!({"data": {format!("k{index}"): "v"}})).await.ok() }
    });
    futures::future::join_all(patches).await;
    let object = client.get(&path).await.ok();
    assert_eq!(object["data"].as_object().map(serde_json::Map::len), Some(30));
}

#[tokio::test]
async fn custom_resources_have_no_strategic_merge() {
    let client = Client::new().await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    client.post(WIDGETS, &widget("w", 1)).await.ok();
    let refused = client.patch(&format!("{WIDGETS}/w"), STRATEGIC, &json!({"spec": {"size": 2}})).await;
    assert_eq!(refused.code, 415);
    let merged = client.merge(&format!("{WIDGETS}/w"), &json!({"spec": {"size": 2}})).await.ok();
    assert_eq!(merged["spec"]["size"], 2);
}

#[tokio::test]
async fn scale_is_a_view_of_replicas() {
    let client = Client::new().await;
    client.post(DEPLOYMENTS, &deployment("web", 2)).await.ok();
    let path = format!("{DEPLOYMENTS}/web/scale");
    let scale = client.get(&path).await.ok();
    assert_eq!((&scale["kind"], &scale["apiVersion"]), (&json!("Scale"), &json!("autoscaling/v1")));
    assert_eq!((&scale["spec"]["replicas"], &scale["status"]["selector"]), (&json!(2), &json!("app=web")));
    let mut next = scale.clone();
    next["spec"]["replicas"] = 3.into();
    assert_eq!(client.put(&path, &next).await.ok()["spec"]["replicas"], 3);
    assert_eq!(client.put(&path, &next).await.code, 409, "the scale has moved on");
    assert_eq!(client.merge(&path, &json!({"spec": {"replicas": 5}})).await.ok()["spec"]["replicas"], 5);
    let deployment = client.get(&format!("{DEPLOYMENTS}/web")).await.ok();
    assert_eq!((&deployment["spec"]["replicas"], &deployment["metadata"]["generation"]), (&json!(5), &json!(3)));
    assert_eq!(client.merge(&path, &json!({"spec": {"replicas": -1}})).await.code, 422);

    client.post(DEFINITIONS, &widgets()).await.ok();
    client.post(WIDGETS, &widget("w", 1)).await.ok();
    let path = format!("{WIDGETS}/w/scale");
    assert_eq!(client.merge(&path, &json!({"spec": {"replicas": 4}})).await.ok()["spec"]["replicas"], 4);
    assert_eq!(client.get(&format!("{WIDGETS}/w")).await.ok()["spec"]["replicas"], 4);
}
