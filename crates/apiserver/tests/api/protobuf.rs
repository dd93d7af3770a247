//! Bodies of typed clients.

use expect_test::expect;
use serde_json::Value;

use crate::client::{CONFIG_MAPS, Client, DEFINITIONS, WIDGETS, widgets};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// A field with text or a message in it.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).expect("a short field")];
    bytes.extend(content);
    bytes
}

fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &type_meta), field(2, object)].concat()
}

fn config_map(name: &str) -> Vec<u8> {
    let entry = [field(1, b"k"), field(2, b"v")].concat();
    body("v1", "ConfigMap", &[field(1, &field(1, name.as_bytes())), field(2, &entry)].concat())
}

#[tokio::test]
async fn objects_are_created_replaced_and_deleted() {
    let client = Client::new().await;
    let headers = [("content-type", PROTOBUF), ("accept", "application/vnd.kubernetes.protobuf,application/json")];
    let created = client.send("POST", CONFIG_MAPS, &headers, config_map("a")).await.ok();
    assert_eq!(created["data"], serde_json::json!({"k": "v"}));
    let path = format!("{CONFIG_MAPS}/a");
    client.send("PUT", &path, &headers, config_map("a")).await.ok();
    // `propagationPolicy` and `dryRun` of the options.
    let dry = body("v1", "DeleteOptions", &[field(4, b"Background"), field(5, b"All")].concat());
    client.send("DELETE", &path, &headers, dry).await.ok();
    client.get(&path).await.ok();
    client.send("DELETE", &path, &headers, body("v1", "DeleteOptions", &[])).await.ok();
    assert_eq!(client.get(&path).await.code, 404);
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_said() {
    let client = Client::new().await;
    let headers = [("content-type", PROTOBUF)];
    let mut cut = config_map("a");
    cut.pop();
    let refused = |answer: Value| format!("{} {}", answer["code"], answer["message"].as_str().unwrap_or_default());
    expect!["400 couldn't get version/kind; the protobuf message ends in the middle of the envelope"]
        .assert_eq(&refused(client.send("POST", CONFIG_MAPS, &headers, cut).await.json()));
    expect![[r#"400 Secret in version "v1" cannot be handled as a ConfigMap: the kind in the data does not match the resource"#]].assert_eq(&refused(client.send("POST", CONFIG_MAPS, &headers, body("v1", "Secret", &[])).await.json()));
    expect![[r#"
        406 406: Not Acceptable

        Available representations: application/json, application/yaml, application/vnd.kubernetes.protobuf"#]]
    .assert_eq(&refused(client.send("GET", CONFIG_MAPS, &[("accept", PROTOBUF)], "").await.json()));
    let definition = widgets();
    client.post(DEFINITIONS, &definition).await.ok();
    let custom = body(
        definition["spec"]["group"].as_str().map(|group| format!("{group}/v1")).as_deref().expect("a group"),
        "Widget",
        &[],
    );
    expect!["415 the body of the request was in an unknown format - accepted media types include: application/json, application/yaml"].assert_eq(&refused(client.send("POST", WIDGETS, &headers, custom).await.json()));
}
