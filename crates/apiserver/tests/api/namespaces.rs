//! Namespaces: the default ones, and how they end.

use expect_test::expect;
use serde_json::json;

use crate::client::{Client, config_map};

const NAMESPACES: &str = "/api/v1/namespaces";

#[tokio::test]
async fn every_cluster_has_the_usual_namespaces() {
    let client = Client::new().await;
    let list = client.get(NAMESPACES).await.ok();
    let shown: Vec<String> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| format!("{} {} {}", item["metadata"]["name"], item["status"]["phase"], item["metadata"]["labels"]))
        .collect();
    expect![[r#"
        "default" "Active" {"kubernetes.io/metadata.name":"default"}
        "kube-node-lease" "Active" {"kubernetes.io/metadata.name":"kube-node-lease"}
        "kube-public" "Active" {"kubernetes.io/metadata.name":"kube-public"}
        "kube-system" "Active" {"kubernetes.io/metadata.name":"kube-system"}"#]]
    .assert_eq(&shown.join("\n"));
}

#[tokio::test]
async fn a_namespace_takes_its_contents_with_it() {
    let client = Client::new().await;
    client.post(NAMESPACES, &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}})).await.ok();
    let config_maps = "/api/v1/namespaces/prod/configmaps";
    client.post(config_maps, &config_map("plain", json!({}))).await.ok();
    let mut held = config_map("held", json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(config_maps, &held).await.ok();

    let marked = client.delete(&format!("{NAMESPACES}/prod")).await.ok();
    assert_eq!(marked["status"]["phase"], "Terminating");
    client.gone(config_maps, "plain").await;
    let waiting = client
        .until(NAMESPACES, "prod", |namespace| {
            namespace["status"]["conditions"].as_array().is_some_and(|list| list.len() == 5)
        })
        .await;
    let shown: Vec<String> = waiting["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .map(|condition| format!("{}={} {}", condition["type"], condition["status"], condition["message"]))
        .collect();
    expect![[r#"
        "NamespaceDeletionDiscoveryFailure"="False" "All resources successfully discovered"
        "NamespaceDeletionGroupVersionParsingFailure"="False" "All legacy kube types successfully parsed"
        "NamespaceDeletionContentFailure"="False" "All content successfully deleted, may be waiting on finalization"
        "NamespaceContentRemaining"="True" "Some resources are remaining: configmaps. has 1 resource instances"
        "NamespaceFinalizersRemaining"="True" "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances""#]]
    .assert_eq(&shown.join("\n"));
    let refused = client.post(config_maps, &config_map("late", json!({}))).await;
    expect![[r#"403 Forbidden configmaps "late" is forbidden: unable to create new content in namespace prod because it is being terminated"#]]
        .assert_eq(&refused.failure());
    assert_eq!(refused.json()["details"]["causes"][0]["reason"], "NamespaceTerminating");

    client.merge(&format!("{config_maps}/held"), &json!({"metadata": {"finalizers": null}})).await.ok();
    client.gone(NAMESPACES, "prod").await;
    expect![[r#"404 NotFound namespaces "prod" not found"#]]
        .assert_eq(&client.post(config_maps, &config_map("late", json!({}))).await.failure());
}

#[tokio::test]
async fn an_empty_namespace_ends_at_once() {
    let client = Client::new().await;
    client
        .post(NAMESPACES, &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "tmp-"}}))
        .await
        .ok();
    let list = client.get(NAMESPACES).await.ok();
    let name = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["metadata"]["name"].as_str())
        .find(|name| name.starts_with("tmp-"));
    let name = name.expect("the namespace").to_owned();
    client.delete(&format!("{NAMESPACES}/{name}")).await.ok();
    client.gone(NAMESPACES, &name).await;
}

#[tokio::test]
async fn a_cluster_keeps_its_own_namespaces() {
    let client = Client::new().await;
    expect![[r#"403 Forbidden namespaces "default" is forbidden: this namespace may not be deleted"#]]
        .assert_eq(&client.delete(&format!("{NAMESPACES}/default")).await.failure());
}
