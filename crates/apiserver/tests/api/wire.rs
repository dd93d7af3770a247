//! Content negotiation, limits, documents.

use apiserver::Limits;
use expect_test::expect;
use serde_json::json;

use crate::client::{CONFIG_MAPS, Client, config_map};

#[tokio::test]
async fn tables_and_metadata_on_request() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({"k": "v"}))).await.ok();
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")];
    let list = client.send("GET", CONFIG_MAPS, &table, "").await.ok();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
    assert_eq!(list["rows"][0]["cells"][0], "a");
    assert_eq!(list["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert!(list["metadata"]["resourceVersion"].is_string());
    let one = client.send("GET", &format!("{CONFIG_MAPS}/a"), &table, "").await.ok();
    assert_eq!(one["rows"].as_array().map(Vec::len), Some(1));
    let metadata = [("accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")];
    let list = client.send("GET", CONFIG_MAPS, &metadata, "").await.ok();
    assert_eq!(
        (&list["kind"], &list["items"][0]["kind"]),
        (&json!("PartialObjectMetadataList"), &json!("PartialObjectMetadata"))
    );
    assert!(list["items"][0]["data"].is_null());
}

#[tokio::test]
async fn formats_are_negotiated() {
    let client = Client::new().await;
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: 'yes'}\n";
    let created = client.send("POST", CONFIG_MAPS, &[("content-type", "application/yaml")], yaml).await;
    assert_eq!(created.code, 201, "{:?}", created.body);
    let shown = client.send("GET", &format!("{CONFIG_MAPS}/a"), &[("accept", "application/yaml")], "").await;
    assert_eq!(shown.headers["content-type"], "application/yaml");
    assert!(shown.body.starts_with(b"apiVersion: v1\n"), "{:?}", shown.body);
    let protobuf = "application/vnd.kubernetes.protobuf";
    let either = format!("{protobuf},application/json");
    assert_eq!(client.send("GET", CONFIG_MAPS, &[("accept", either.as_str())], "").await.code, 200);
    assert_eq!(client.send("GET", CONFIG_MAPS, &[("accept", protobuf)], "").await.code, 406);
    assert_eq!(client.send("POST", CONFIG_MAPS, &[("content-type", protobuf)], "k8s\0").await.code, 415);
    assert_eq!(client.send("POST", CONFIG_MAPS, &[], "{").await.code, 400);
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let limits = Limits { request_bytes: 4000, object_bytes: 2000, ..Limits::default() };
    let client = Client::with_limits(limits).await;
    let sized = |bytes: usize| config_map("a", json!({"k": "x".repeat(bytes)}));
    expect!["413 RequestEntityTooLarge Request entity too large: limit is 4000"]
        .assert_eq(&client.post(CONFIG_MAPS, &sized(5000)).await.failure());
    expect!["413 RequestEntityTooLarge Request entity too large: etcdserver: request is too large"]
        .assert_eq(&client.post(CONFIG_MAPS, &sized(2500)).await.failure());
    client.post(CONFIG_MAPS, &sized(500)).await.ok();
}

#[tokio::test]
async fn documents_are_served() {
    let client = Client::new().await;
    for probe in ["/healthz", "/readyz", "/livez"] {
        assert_eq!(client.get(probe).await.body, "ok");
    }
    assert_eq!(client.get("/version").await.ok()["major"], "1");
    assert_eq!(client.get("/api").await.ok()["kind"], "APIVersions");
    assert_eq!(client.get("/apis").await.ok()["kind"], "APIGroupList");
    assert_eq!(client.get("/apis/apps").await.ok()["kind"], "APIGroup");
    assert_eq!(client.get("/apis/apps/v1").await.ok()["kind"], "APIResourceList");
    let aggregated =
        [("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json")];
    let found = client.send("GET", "/apis", &aggregated, "").await;
    assert_eq!(found.ok()["kind"], "APIGroupDiscoveryList");
    assert!(found.headers["content-type"].to_str().expect("text").contains("as=APIGroupDiscoveryList"));
    assert!(client.get("/openapi/v3").await.ok()["paths"]["apis/apps/v1"].is_object());
    assert_eq!(client.get("/openapi/v3/apis/apps/v1").await.ok()["openapi"], "3.0.0");
    assert_eq!(client.get("/nonsense").await.code, 404);
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}});
    let answered = client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await;
    assert_eq!(answered.code, 201);
    assert_eq!(answered.ok()["status"]["allowed"], true);
}

#[tokio::test]
async fn what_pods_cannot_do_is_said() {
    let client = Client::new().await;
    assert_eq!(client.get("/api/v1/namespaces/default/pods/x/log").await.code, 400);
    assert_eq!(client.get("/api/v1/namespaces/default/pods/x/nonsense").await.code, 404);
}
