//! Services and their addresses.

use std::collections::BTreeSet;

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::Client;

const SERVICES: &str = "/api/v1/namespaces/default/services";

fn service(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
}

#[tokio::test]
async fn addresses_and_ports_are_held_once() {
    let client = Client::new().await;
    let fixed = json!({"type": "NodePort", "clusterIP": "10.96.0.10", "ports": [{"port": 53, "nodePort": 30053}]});
    client.post(SERVICES, &service("dns", fixed.clone())).await.ok();
    expect![[r#"422 Invalid Service "other" is invalid: [spec.ports[0].nodePort: Invalid value: 30053: provided port is already allocated, spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated]"#]]
        .assert_eq(&client.post(SERVICES, &service("other", fixed.clone())).await.failure());
    // What a service has, it keeps, and others may have it when it is gone.
    client.put(&format!("{SERVICES}/dns"), &service("dns", fixed.clone())).await.ok();
    client.delete(&format!("{SERVICES}/dns")).await.ok();
    client.post(SERVICES, &service("other", fixed)).await.ok();
}

#[tokio::test]
async fn services_that_come_at_once_get_different_addresses() {
    let client = Client::new().await;
    // Of so many, some would like the same ports.
    let spec = json!({"type": "NodePort", "ports": [{"port": 80}, {"name": "b", "port": 81}]});
    let spec = &{
        let mut spec = spec;
        spec["ports"][0]["name"] = "a".into();
        spec
    };
    let writes = (0..150).map(|index| {
        let client = &client;
        async move { client.post(SERVICES, &service(&format!("s{index}"), spec.clone())).await.ok() }
    });
    let services = futures::future::join_all(writes).await;
    let addresses: BTreeSet<&str> =
        services.iter().map(|service| service["spec"]["clusterIP"].as_str().expect("an address")).collect();
    let ports: BTreeSet<u64> = services
        .iter()
        .flat_map(|service| service["spec"]["ports"].as_array().expect("ports"))
        .map(|port| port["nodePort"].as_u64().expect("a port"))
        .collect();
    assert_eq!((addresses.len(), ports.len()), (150, 300));
}

#[tokio::test]
async fn a_changed_type_brings_ports() {
    let client = Client::new().await;
    let created = client.post(SERVICES, &service("web", json!({"ports": [{"port": 80}]}))).await.ok();
    assert!(created["spec"]["ports"][0]["nodePort"].is_null());
    let changed = client.merge(&format!("{SERVICES}/web"), &json!({"spec": {"type": "NodePort"}})).await.ok();
    assert!(changed["spec"]["ports"][0]["nodePort"].is_u64(), "{changed}");
    assert_eq!(changed["spec"]["clusterIP"], created["spec"]["clusterIP"]);
}
