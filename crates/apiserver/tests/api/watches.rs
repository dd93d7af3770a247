//! Watches: where they start, what they show, how they end.

use std::time::Duration;

use apiserver::Limits;
use serde_json::json;

use crate::client::{CONFIG_MAPS, Client, brief, config_map};

#[tokio::test]
async fn a_watch_shows_what_is_and_what_happens() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?")).await;
    assert_eq!(watch.brief().await, "ADDED a");
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    client.merge(&format!("{CONFIG_MAPS}/a"), &json!({"data": {"k": "v"}})).await.ok();
    client.post("/api/v1/namespaces/kube-system/configmaps", &config_map("elsewhere", json!({}))).await.ok();
    client.delete(&format!("{CONFIG_MAPS}/b")).await.ok();
    assert_eq!(watch.brief().await, "ADDED b");
    assert_eq!(watch.brief().await, "MODIFIED a");
    let deleted = watch.next().await.expect("an event");
    assert_eq!(brief(&deleted), "DELETED b");
    let last = client.get(CONFIG_MAPS).await.ok();
    assert_eq!(deleted["object"]["metadata"]["resourceVersion"], last["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn a_watch_resumes_where_a_list_ended() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let list = client.get(CONFIG_MAPS).await.ok();
    let revision = list["metadata"]["resourceVersion"].as_str().expect("a revision");
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    client.delete(&format!("{CONFIG_MAPS}/a")).await.ok();
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?resourceVersion={revision}")).await;
    assert_eq!(watch.brief().await, "ADDED b");
    assert_eq!(watch.brief().await, "DELETED a");
}

#[tokio::test]
async fn a_forgotten_revision_is_expired() {
    let client = Client::with_limits(Limits { history_events: 3, ..Limits::default() }).await;
    let first = client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    for index in 0..5 {
        client.merge(&format!("{CONFIG_MAPS}/a"), &json!({"data": {"k": index.to_string()}})).await.ok();
    }
    let revision = first["metadata"]["resourceVersion"].as_str().expect("a revision");
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?resourceVersion={revision}")).await;
    let event = watch.next().await.expect("an event");
    assert_eq!(event["type"], "ERROR");
    assert_eq!(event["object"]["code"], 410);
    assert_eq!(event["object"]["reason"], "Expired");
    let message = event["object"]["message"].as_str().expect("a message");
    assert!(message.starts_with(&format!("too old resource version: {revision} (")), "{message}");
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn a_revision_is_forgotten_some_time_after_it_passed() {
    let client =
        Client::with_limits(Limits { history_lifetime: Duration::from_millis(200), ..Limits::default() }).await;
    let first = client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let mut live = client.watch(&format!("{CONFIG_MAPS}?")).await;
    assert_eq!(live.brief().await, "ADDED a");
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    assert_eq!(live.brief().await, "ADDED b");
    let revision = first["metadata"]["resourceVersion"].as_str().expect("a revision");
    let past = format!("{CONFIG_MAPS}?resourceVersion={revision}");
    while client.watch(&past).await.brief().await == "ADDED b" {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.watch(&past).await.next().await.expect("an event")["object"]["code"], 410);
    client.post(CONFIG_MAPS, &config_map("c", json!({}))).await.ok();
    assert_eq!(live.brief().await, "ADDED c", "a watch that has seen it goes on");
}

#[tokio::test]
async fn a_slow_watcher_is_cut_off_and_holds_up_nobody() {
    let client = Client::with_limits(Limits { history_events: 10, ..Limits::default() }).await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let mut slow = client.watch(&format!("{CONFIG_MAPS}?")).await;
    assert_eq!(slow.brief().await, "ADDED a");
    for index in 0..50 {
        client.merge(&format!("{CONFIG_MAPS}/a"), &json!({"data": {"k": index.to_string()}})).await.ok();
    }
    let event = slow.next().await.expect("an event");
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
    assert_eq!(slow.next().await, None);
}

#[tokio::test]
async fn objects_enter_and_leave_a_selection() {
    let client = Client::new().await;
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?labelSelector=on%3Dyes")).await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let path = format!("{CONFIG_MAPS}/a");
    client.merge(&path, &json!({"metadata": {"labels": {"on": "yes"}}})).await.ok();
    client.merge(&path, &json!({"data": {"k": "v"}})).await.ok();
    let left = client.merge(&path, &json!({"metadata": {"labels": {"on": "no"}}})).await.ok();
    client.delete(&path).await.ok();
    assert_eq!(watch.brief().await, "ADDED a");
    assert_eq!(watch.brief().await, "MODIFIED a");
    let event = watch.next().await.expect("an event");
    assert_eq!(brief(&event), "DELETED a");
    assert_eq!(event["object"]["metadata"]["labels"]["on"], "yes", "its last state in the selection");
    assert_eq!(event["object"]["metadata"]["resourceVersion"], left["metadata"]["resourceVersion"]);
    let mut again = config_map("z", json!({}));
    again["metadata"]["labels"] = json!({"on": "yes"});
    client.post(CONFIG_MAPS, &again).await.ok();
    assert_eq!(watch.brief().await, "ADDED z", "nothing came in between");
}

#[tokio::test]
async fn one_object_can_be_watched_by_its_path() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    let mut watch = client.watch(&format!("{CONFIG_MAPS}/b?")).await;
    assert_eq!(watch.brief().await, "ADDED b");
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?{query}")).await;
    assert_eq!(watch.brief().await, "ADDED a");
    let bookmark = watch.next().await.expect("a bookmark");
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["kind"], "ConfigMap");
    assert_eq!(bookmark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    let list = client.get(CONFIG_MAPS).await.ok();
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], list["metadata"]["resourceVersion"]);
    let refused = client.get(&format!("{CONFIG_MAPS}?watch=true&sendInitialEvents=true")).await;
    assert_eq!(refused.code, 422);
}

#[tokio::test]
async fn bookmarks_come_when_nothing_happens() {
    let limits = Limits { bookmark_interval: Duration::from_millis(20), ..Limits::default() };
    let client = Client::with_limits(limits).await;
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?allowWatchBookmarks=true")).await;
    let elsewhere = client
        .post("/api/v1/namespaces", &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}))
        .await
        .ok();
    let revision = elsewhere["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|text| text.parse::<u64>().ok())
        .expect("a revision");
    loop {
        let event = watch.next().await.expect("a bookmark");
        assert_eq!(event["type"], "BOOKMARK");
        let seen = event["object"]["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse::<u64>().ok());
        if seen >= Some(revision) {
            break;
        }
    }
}

#[tokio::test]
async fn a_watch_ends_at_its_timeout() {
    let client = Client::new().await;
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?timeoutSeconds=1")).await;
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn events_go_some_time_after_they_happened() {
    let client = Client::with_limits(Limits { event_lifetime: Duration::from_millis(1500), ..Limits::default() }).await;
    const EVENTS: &str = "/api/v1/namespaces/default/events";
    let mut watch = client.watch(&format!("{EVENTS}?")).await;
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
        "reason": "Tested",
    });
    client.post(EVENTS, &event).await.ok();
    assert_eq!(watch.brief().await, "ADDED e");
    assert_eq!(watch.brief().await, "DELETED e");
    assert_eq!(client.get(&format!("{EVENTS}/e")).await.code, 404);
}

#[tokio::test]
async fn one_name_is_watched_from_before_it_is_there() {
    let client = Client::new().await;
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?fieldSelector=metadata.name%3Db")).await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    client.post(CONFIG_MAPS, &config_map("b", json!({}))).await.ok();
    client.delete(&format!("{CONFIG_MAPS}/a")).await.ok();
    client.delete(&format!("{CONFIG_MAPS}/b")).await.ok();
    assert_eq!(watch.brief().await, "ADDED b");
    assert_eq!(watch.brief().await, "DELETED b");
}
