//! Watches: how they start, go on after a break, and start over after a gap.

use crate::fake::{Fake, Reply, config_map, gvk, status, stream};
use cluster::{Cluster, Event, Scope, Selector, Watch};
use expect_test::{Expect, expect};
use futures::channel::mpsc::UnboundedSender;
use manifest::Value;
use serde_json::json;

fn watch(cluster: &Cluster) -> Watch {
    cluster.watch(&gvk("v1", "ConfigMap"), Scope::Namespace("prod".to_owned()), Selector::labels("app=web"))
}

fn send(lines: &UnboundedSender<String>, kind: &str, object: Value) {
    let line = json!({ "type": kind, "object": object });
    lines.unbounded_send(format!("{line}\n")).expect("the stream is open");
}

fn end_of_initial_events(resource_version: &str) -> Value {
    json!({ "metadata": { "resourceVersion": resource_version, "annotations": { "k8s.io/initial-events-end": "true" } } })
}

fn describe(event: &Event) -> String {
    let object = |object: &Value| {
        let metadata = &object["metadata"];
        format!("{}@{}", metadata["name"].as_str().unwrap_or("?"), metadata["resourceVersion"].as_str().unwrap_or("?"))
    };
    match event {
        Event::Applied(applied) => format!("applied {}", object(applied)),
        Event::Deleted(deleted) => format!("deleted {}", object(deleted)),
        Event::Restarted(objects) => {
            format!("restarted [{}]", objects.iter().map(object).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The next `count` events of a watch.
async fn events(watch: &mut Watch, count: usize) -> String {
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(describe(&watch.next().await));
    }
    lines.join("\n")
}

#[track_caller]
fn check(found: &str, expected: Expect) {
    expected.assert_eq(found);
}

#[tokio::test(start_paused = true)]
async fn it_starts_with_what_exists() {
    let (lines, reply) = stream();
    let fake = Fake::new([reply]);
    send(&lines, "ADDED", config_map("b", "2"));
    send(&lines, "ADDED", config_map("a", "1"));
    send(&lines, "MODIFIED", config_map("a", "3"));
    send(&lines, "DELETED", config_map("b", "4"));
    send(&lines, "BOOKMARK", end_of_initial_events("5"));
    send(&lines, "ADDED", config_map("c", "6"));
    send(&lines, "MODIFIED", config_map("c", "7"));
    send(&lines, "BOOKMARK", json!({ "metadata": { "resourceVersion": "8" } }));
    send(&lines, "DELETED", config_map("c", "9"));
    let mut watch = watch(&fake.cluster());
    check(
        &events(&mut watch, 4).await,
        expect![[r#"
        restarted [a@3]
        applied c@6
        applied c@7
        deleted c@9"#]],
    );
    check(
        &fake.requests(),
        expect![
            "GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn lines_may_come_in_pieces() {
    let (lines, reply) = stream();
    let fake = Fake::new([reply]);
    let text = format!(
        "{}\n\n{}\n",
        json!({ "type": "ADDED", "object": config_map("ä", "1") }),
        json!({ "type": "BOOKMARK", "object": end_of_initial_events("1") }),
    );
    let mut piece = String::new();
    for character in text.chars() {
        piece.push(character);
        if piece.len() >= 7 {
            lines.unbounded_send(std::mem::take(&mut piece)).expect("the stream is open");
        }
    }
    lines.unbounded_send(piece).expect("the stream is open");
    check(&events(&mut watch(&fake.cluster()), 1).await, expect!["restarted [ä@1]"]);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_where_the_connection_ended() {
    let ((first, one), (second, two), (third, three)) = (stream(), stream(), stream());
    let fake = Fake::new([one, two, Reply::Broken, status(503, "ServiceUnavailable", "restarting"), three]);
    send(&first, "BOOKMARK", end_of_initial_events("5"));
    send(&first, "ADDED", config_map("a", "6"));
    drop(first);
    send(&second, "BOOKMARK", json!({ "metadata": { "resourceVersion": "9" } }));
    drop(second);
    send(&third, "MODIFIED", config_map("a", "10"));
    let mut watch = watch(&fake.cluster());
    check(
        &events(&mut watch, 3).await,
        expect![[r#"
        restarted []
        applied a@6
        applied a@10"#]],
    );
    check(
        &fake.requests(),
        expect![[r#"
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=6
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=9
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=9
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=9"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn it_starts_over_when_it_fell_behind() {
    let ((first, one), (second, two), (third, three)) = (stream(), stream(), stream());
    let fake = Fake::new([one, two, status(410, "Expired", "too old resource version: 7 (9)"), three]);
    send(&first, "BOOKMARK", end_of_initial_events("5"));
    send(&first, "ERROR", json!({ "code": 410, "reason": "Expired", "message": "too old resource version" }));
    send(&second, "ADDED", config_map("a", "7"));
    send(&second, "BOOKMARK", end_of_initial_events("7"));
    drop(second);
    send(&third, "BOOKMARK", end_of_initial_events("9"));
    let mut watch = watch(&fake.cluster());
    check(
        &events(&mut watch, 3).await,
        expect![[r#"
        restarted []
        restarted [a@7]
        restarted []"#]],
    );
    check(
        &fake.requests(),
        expect![[r#"
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=7
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_break_among_the_initial_events_loses_nothing() {
    let ((first, one), (second, two)) = (stream(), stream());
    let fake = Fake::new([one, two]);
    send(&first, "ADDED", config_map("a", "1"));
    drop(first);
    send(&second, "ADDED", config_map("b", "2"));
    send(&second, "BOOKMARK", end_of_initial_events("2"));
    check(&events(&mut watch(&fake.cluster()), 1).await, expect!["restarted [b@2]"]);
}

#[tokio::test(start_paused = true)]
async fn old_api_servers_are_listed_first() {
    let (lines, reply) = stream();
    let refusal =
        status(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
    let list = Reply::Json(
        200,
        json!({ "metadata": { "resourceVersion": "5" }, "items": [{ "metadata": { "name": "a", "resourceVersion": "1" } }] }),
    );
    let fake = Fake::new([refusal, list, reply]);
    send(&lines, "DELETED", config_map("a", "6"));
    let mut watch = watch(&fake.cluster());
    let first = watch.next().await;
    assert_eq!(
        first,
        Event::Restarted(vec![
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "resourceVersion": "1" } })
        ]),
    );
    check(&events(&mut watch, 1).await, expect!["deleted a@6"]);
    check(
        &fake.requests(),
        expect![[r#"
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&limit=500
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=5"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn faults_in_the_stream_are_outlived() {
    let ((first, one), (second, two), (third, three)) = (stream(), stream(), stream());
    let fake = Fake::new([one, two, three]);
    send(&first, "BOOKMARK", end_of_initial_events("5"));
    first.unbounded_send("{ this is no JSON\n".to_owned()).expect("the stream is open");
    send(&second, "ERROR", json!({ "code": 500, "message": "etcd is gone" }));
    send(&third, "ADDED", config_map("a", "6"));
    let mut watch = watch(&fake.cluster());
    check(
        &events(&mut watch, 2).await,
        expect![[r#"
        restarted []
        applied a@6"#]],
    );
    check(
        &fake.requests(),
        expect![[r#"
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=5
        GET /api/v1/namespaces/prod/configmaps?labelSelector=app%3Dweb&watch=true&allowWatchBookmarks=true&resourceVersion=5"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_given_up() {
    let ((first, one), (second, two)) = (stream(), stream());
    let fake = Fake::new([one, two]);
    send(&first, "BOOKMARK", end_of_initial_events("5"));
    send(&second, "ADDED", config_map("a", "6"));
    let mut watch = watch(&fake.cluster());
    check(
        &events(&mut watch, 2).await,
        expect![[r#"
        restarted []
        applied a@6"#]],
    );
    drop(first);
}

#[tokio::test(start_paused = true)]
async fn initial_events_that_do_not_come_are_asked_for_again_soon() {
    let ((silent, one), (second, two)) = (stream(), stream());
    let fake = Fake::new([one, two]);
    send(&silent, "ADDED", config_map("a", "1"));
    send(&second, "BOOKMARK", end_of_initial_events("5"));
    let began = tokio::time::Instant::now();
    check(&events(&mut watch(&fake.cluster()), 1).await, expect!["restarted []"]);
    assert!(began.elapsed() < std::time::Duration::from_secs(100), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_of_an_event_loses_no_event() {
    let (lines, reply) = stream();
    let fake = Fake::new([reply]);
    send(&lines, "BOOKMARK", end_of_initial_events("5"));
    let mut watch = watch(&fake.cluster());
    check(&events(&mut watch, 1).await, expect!["restarted []"]);
    tokio::select! {
        biased;
        event = watch.next() => panic!("there is no event: {event:?}"),
        () = tokio::task::yield_now() => {}
    }
    send(&lines, "ADDED", config_map("a", "6"));
    check(&events(&mut watch, 1).await, expect!["applied a@6"]);
}

#[tokio::test(start_paused = true)]
async fn who_asks_hears_that_a_type_is_not_served() {
    let fake = Fake::new([]);
    let mut watch = fake.cluster().watch(&gvk("example.com/v1", "Widget"), Scope::Cluster, Selector::all());
    assert_eq!(watch.next_while_served().await, None);
    assert_eq!(watch.next_while_served().await, None, "it goes on trying for as long as it is asked");
    check(&fake.requests(), expect![""]);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_is_not_found_is_discovered_anew() {
    let ((first, one), (second, two)) = (stream(), stream());
    let fake = Fake::new([one, status(404, "NotFound", "the server could not find the requested resource"), two]);
    send(&first, "BOOKMARK", end_of_initial_events("5"));
    drop(first);
    send(&second, "ADDED", config_map("a", "6"));
    let mut watch = watch(&fake.cluster());
    check(&events(&mut watch, 1).await, expect!["restarted []"]);
    let before = fake.discoveries();
    check(&events(&mut watch, 1).await, expect!["applied a@6"]);
    assert!(fake.discoveries() > before);
}
