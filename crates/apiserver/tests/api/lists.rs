//! Lists: order, selectors, pages, resource versions.

use apiserver::Limits;
use expect_test::expect;
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, config_map};

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["metadata"]["name"].as_str().expect("a name"))
        .collect()
}

async fn with_config_maps(count: usize, limits: Limits) -> Client {
    let client = Client::with_limits(limits).await;
    for index in 0..count {
        let mut object = config_map(&format!("c{index}"), json!({}));
        object["metadata"]["labels"] = json!({"parity": if index % 2 == 0 { "even" } else { "odd" }});
        client.post(CONFIG_MAPS, &object).await.ok();
    }
    client
}

#[tokio::test]
async fn lists_are_typed_and_ordered() {
    let client = with_config_maps(3, Limits::default()).await;
    let list = client.get(CONFIG_MAPS).await.ok();
    assert_eq!(list["kind"], "ConfigMapList");
    assert_eq!(list["apiVersion"], "v1");
    assert_eq!(names(&list), ["c0", "c1", "c2"]);
    let item = list["items"][0].as_object().expect("an object");
    assert_eq!(item.keys().collect::<Vec<_>>(), ["metadata"], "the list says what its items are");
    let everywhere = client.get("/api/v1/configmaps").await.ok();
    assert_eq!(names(&everywhere), ["c0", "c1", "c2"]);
    assert_eq!(names(&client.get("/api/v1/namespaces/kube-system/configmaps").await.ok()), Vec::<&str>::new());
}

#[tokio::test]
async fn selectors_choose() {
    let client = with_config_maps(4, Limits::default()).await;
    for (query, expected) in [
        ("labelSelector=parity%3Deven", vec!["c0", "c2"]),
        ("labelSelector=parity+in+(odd)", vec!["c1", "c3"]),
        ("labelSelector=%21parity", vec![]),
        ("fieldSelector=metadata.name%3Dc1", vec!["c1"]),
        ("fieldSelector=metadata.name%21%3Dc1,metadata.namespace%3Ddefault&labelSelector=parity%3Dodd", vec!["c3"]),
    ] {
        assert_eq!(names(&client.get(&format!("{CONFIG_MAPS}?{query}")).await.ok()), expected, "{query}");
    }
    expect![[r#"400 BadRequest "data.k" is not a known field selector: only "metadata.name", "metadata.namespace""#]]
        .assert_eq(&client.get(&format!("{CONFIG_MAPS}?fieldSelector=data.k%3Dv")).await.failure());
    assert_eq!(client.get(&format!("{CONFIG_MAPS}?labelSelector=a%20b")).await.code, 400);
    let pods = "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase%21%3DFailed";
    assert_eq!(client.get(pods).await.code, 200);
}

#[tokio::test]
async fn pages_show_one_moment() {
    let client = with_config_maps(5, Limits::default()).await;
    let first = client.get(&format!("{CONFIG_MAPS}?limit=2")).await.ok();
    assert_eq!(names(&first), ["c0", "c1"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    let token = first["metadata"]["continue"].as_str().expect("a token").to_owned();

    client.delete(&format!("{CONFIG_MAPS}/c3")).await.ok();
    client.post(CONFIG_MAPS, &config_map("c2a", json!({}))).await.ok();
    client.merge(&format!("{CONFIG_MAPS}/c4"), &json!({"data": {"k": "late"}})).await.ok();

    let second = client.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await.ok();
    assert_eq!(names(&second), ["c2", "c3"]);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let token = second["metadata"]["continue"].as_str().expect("a token");
    let third = client.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await.ok();
    assert_eq!(names(&third), ["c4"]);
    assert!(third["items"][0]["data"]["k"].is_null(), "as it was when the list began");
    assert!(third["metadata"]["continue"].is_null());
}

#[tokio::test]
async fn selected_pages_do_not_count_the_rest() {
    let client = with_config_maps(6, Limits::default()).await;
    let first = client.get(&format!("{CONFIG_MAPS}?limit=2&labelSelector=parity%3Deven")).await.ok();
    assert_eq!(names(&first), ["c0", "c2"]);
    assert!(first["metadata"]["remainingItemCount"].is_null());
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let second = client.get(&format!("{CONFIG_MAPS}?limit=2&labelSelector=parity%3Deven&continue={token}")).await.ok();
    assert_eq!(names(&second), ["c4"]);
}

#[tokio::test]
async fn an_expired_page_can_go_on_without_its_promise() {
    let client = with_config_maps(4, Limits { history_events: 2, ..Limits::default() }).await;
    let first = client.get(&format!("{CONFIG_MAPS}?limit=2")).await.ok();
    let token = first["metadata"]["continue"].as_str().expect("a token").to_owned();
    for index in 0..4 {
        client.merge(&format!("{CONFIG_MAPS}/c3"), &json!({"data": {"k": index.to_string()}})).await.ok();
    }
    let expired = client.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await;
    assert!(
        expired.failure().starts_with("410 Expired The provided continue parameter is too old"),
        "{}",
        expired.failure()
    );
    let next = expired.json()["metadata"]["continue"].as_str().expect("another token").to_owned();
    let second = client.get(&format!("{CONFIG_MAPS}?limit=2&continue={next}")).await.ok();
    assert_eq!(names(&second), ["c2", "c3"]);
}

#[tokio::test]
async fn resource_versions_choose_the_moment() {
    let client = with_config_maps(2, Limits::default()).await;
    let list = client.get(CONFIG_MAPS).await.ok();
    let then = list["metadata"]["resourceVersion"].as_str().expect("a revision").to_owned();
    client.post(CONFIG_MAPS, &config_map("new", json!({}))).await.ok();
    let at = |query: String| {
        let client = &client;
        async move { client.get(&format!("{CONFIG_MAPS}?{query}")).await }
    };
    assert_eq!(names(&at(format!("resourceVersion={then}&resourceVersionMatch=Exact")).await.ok()), ["c0", "c1"]);
    assert_eq!(names(&at(format!("resourceVersion={then}&limit=5")).await.ok()), ["c0", "c1"]);
    assert_eq!(
        names(&at(format!("resourceVersion={then}&resourceVersionMatch=NotOlderThan")).await.ok()),
        ["c0", "c1", "new"]
    );
    assert_eq!(names(&at("resourceVersion=0".to_owned()).await.ok()), ["c0", "c1", "new"]);
    let future = at("resourceVersion=99999".to_owned()).await;
    assert!(
        future.failure().starts_with("504 Timeout Timeout: Too large resource version: 99999, current: "),
        "{}",
        future.failure()
    );
    assert_eq!(future.json()["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
    assert_eq!(at("resourceVersion=abc".to_owned()).await.code, 400);
    expect![[r#"422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"#]]
        .assert_eq(&at("resourceVersionMatch=Exact".to_owned()).await.failure());
    assert_eq!(at("continue=nonsense".to_owned()).await.code, 400);
}

#[tokio::test]
async fn options_that_contradict_each_other_are_refused() {
    let client = with_config_maps(3, Limits::default()).await;
    let first = client.get(&format!("{CONFIG_MAPS}?limit=1")).await.ok();
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let mut answers = String::new();
    for query in [
        "resourceVersionMatch=Exact&resourceVersion=0",
        "resourceVersionMatch=Newer&resourceVersion=1",
        "sendInitialEvents=true",
        &format!("continue={token}&resourceVersion=1&resourceVersionMatch=Exact"),
        &format!("continue={token}&resourceVersion=1"),
        "limit=many",
        "labelSelector=-a%3Db",
        "labelSelector=a%20in%20(b,-c)",
        "fieldSelector=metadata.uid%3Dx",
        "fieldSelector=nonsense",
        "watch=1&resourceVersionMatch=NotOlderThan",
        "watch=1&sendInitialEvents=true",
        "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
    ] {
        let shown = query.replace(token, "TOKEN");
        answers += &format!("{shown}\n  {}\n", client.get(&format!("{CONFIG_MAPS}?{query}")).await.failure());
    }
    expect![[r#"
        resourceVersionMatch=Exact&resourceVersion=0
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"
        resourceVersionMatch=Newer&resourceVersion=1
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""
        sendInitialEvents=true
          422 Invalid ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list
        continue=TOKEN&resourceVersion=1&resourceVersionMatch=Exact
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided
        continue=TOKEN&resourceVersion=1
          400 BadRequest specifying resource version is not allowed when using continue
        limit=many
          400 BadRequest strconv.ParseInt: parsing "many": invalid syntax
        labelSelector=-a%3Db
          400 BadRequest unable to parse requirement: key: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
        labelSelector=a%20in%20(b,-c)
          400 BadRequest unable to parse requirement: values[1][a]: Invalid value: "-c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        fieldSelector=metadata.uid%3Dx
          400 BadRequest "metadata.uid" is not a known field selector: only "metadata.name", "metadata.namespace"
        fieldSelector=nonsense
          400 BadRequest invalid selector: 'nonsense'; can't understand 'nonsense'
        watch=1&resourceVersionMatch=NotOlderThan
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided
        watch=1&sendInitialEvents=true
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan
        watch=1&sendInitialEvents=true&resourceVersionMatch=Exact
          422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan
    "#]].assert_eq(&answers);
}

#[tokio::test]
async fn a_page_may_be_continued_at_any_version() {
    let client = with_config_maps(3, Limits::default()).await;
    let whole = client.get(&format!("{CONFIG_MAPS}?limit=2&resourceVersion=0")).await.ok();
    assert_eq!(names(&whole).len(), 3, "a list of any age has no pages");
    let first = client.get(&format!("{CONFIG_MAPS}?limit=2")).await.ok();
    let token = first["metadata"]["continue"].as_str().expect("a token");
    // client-go repeats its `resourceVersion=0` with the token.
    let second = client.get(&format!("{CONFIG_MAPS}?limit=2&resourceVersion=0&continue={token}")).await.ok();
    assert_eq!(names(&second), ["c2"]);
}
