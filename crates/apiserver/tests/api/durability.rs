//! A server on disk.

use std::path::Path;

use apiserver::{ApiServer, Config, OpenError, Storage};
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, DEFINITIONS, WIDGETS, config_map, widget, widgets};

fn on_disk(path: &Path) -> Config {
    Config { storage: Storage::Directory(path.to_owned()), ..Config::default() }
}

fn revision(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).expect("a revision")
}

/// Opens the server again once the old one has let go of its file.
async fn reopen(client: Client, path: &Path) -> Client {
    drop(client);
    loop {
        match ApiServer::open(on_disk(path)).await {
            Ok(server) => return Client::of(server),
            Err(OpenError::Journal(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn everything_is_there_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = Client::with(on_disk(directory.path())).await;
    client.post(DEFINITIONS, &widgets()).await.ok();
    client.post(WIDGETS, &widget("w", 1)).await.ok();
    let kept = client.post(CONFIG_MAPS, &config_map("a", json!({"k": "v"}))).await.ok();
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    client.delete(&format!("{CONFIG_MAPS}/b")).await.ok();
    let last = revision(&client.get(CONFIG_MAPS).await.ok());

    let client = reopen(client, directory.path()).await;
    assert_eq!(client.get(&format!("{CONFIG_MAPS}/a")).await.ok(), kept);
    assert_eq!(client.get(&format!("{CONFIG_MAPS}/b")).await.code, 404);
    assert_eq!(client.get(&format!("{WIDGETS}/w")).await.ok()["spec"]["size"], 1);
    let next = client.post(CONFIG_MAPS, &config_map("c", json!({}))).await.ok();
    assert!(revision(&next) > last, "a revision, even that of a deletion, is never used again");

    let mut watch = client.watch(&format!("{CONFIG_MAPS}?resourceVersion={}", last - 1)).await;
    let event = watch.next().await.expect("an event");
    assert_eq!(event["object"]["code"], 410, "what happened before the start is forgotten");
}

#[tokio::test]
async fn many_writers_share_the_disk() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = Client::with(on_disk(directory.path())).await;
    let names: Vec<String> = (0..300).map(|index| format!("c{index}")).collect();
    let writes = names.iter().map(|name| {
        let client = &client;
        async move { client.post(CONFIG_MAPS, &config_map(name, json!({}))).await.ok() }
    });
    let mut revisions: Vec<u64> = futures::future::join_all(writes).await.iter().map(revision).collect();
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 300);
    let client = reopen(client, directory.path()).await;
    assert_eq!(client.get(CONFIG_MAPS).await.ok()["items"].as_array().map(Vec::len), Some(300));
}

#[tokio::test]
async fn a_directory_in_use_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let _client = Client::with(on_disk(directory.path())).await;
    let error = ApiServer::open(on_disk(directory.path())).await.expect_err("it is in use");
    assert!(error.to_string().contains("in use by another process"), "{error}");
}
