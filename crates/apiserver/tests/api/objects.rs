//! Create, get, update.

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, DEPLOYMENTS, config_map, deployment};

#[tokio::test]
async fn an_object_gets_what_the_server_gives_it() {
    let client = Client::new().await;
    let answer = client.post(CONFIG_MAPS, &config_map("a", json!({"k": "v"}))).await;
    assert_eq!(answer.code, 201);
    let created = answer.ok();
    assert_eq!(created["data"]["k"], "v");
    assert_eq!(created["metadata"]["namespace"], "default");
    assert_eq!(created["metadata"]["uid"].as_str().map(str::len), Some(36));
    assert!(created["metadata"]["creationTimestamp"].is_string());
    assert!(created["metadata"]["generation"].is_null(), "a ConfigMap has no generation");
    assert!(created["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse::<u64>().ok()).is_some());
    assert_eq!(client.get(&format!("{CONFIG_MAPS}/a")).await.ok(), created);
}

#[tokio::test]
async fn failures_speak_as_kubernetes_does() {
    let client = Client::new().await;
    client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.ok();
    let mut failures = vec![
        client.get(&format!("{CONFIG_MAPS}/x")).await.failure(),
        client.get(&format!("{DEPLOYMENTS}/x")).await.failure(),
        client.post(CONFIG_MAPS, &config_map("a", json!({}))).await.failure(),
        client.post(CONFIG_MAPS, &config_map("A_", json!({}))).await.failure().chars().take(110).collect(),
        client.post(CONFIG_MAPS, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})).await.failure(),
        client
            .post(CONFIG_MAPS, &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}))
            .await
            .failure(),
        client
            .post(CONFIG_MAPS, &json!({"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "s"}}))
            .await
            .failure(),
        client.post(CONFIG_MAPS, &json!({"kind": "Secret", "metadata": {"name": "s"}})).await.failure(),
        client.put(&format!("{CONFIG_MAPS}/b"), &config_map("a", json!({}))).await.failure(),
        client.put(&format!("{CONFIG_MAPS}/b"), &config_map("b", json!({}))).await.failure(),
        client.get("/apis/apps/v1/things").await.failure(),
        client.send("PUT", CONFIG_MAPS, &[], "{}").await.failure(),
        client.post("/api/v1/configmaps", &config_map("b", json!({}))).await.failure(),
        client.post("/api/v1/namespaces/nowhere/configmaps", &config_map("b", json!({}))).await.failure(),
    ];
    let mut elsewhere = config_map("b", json!({}));
    elsewhere["metadata"]["namespace"] = "kube-system".into();
    failures.push(client.post(CONFIG_MAPS, &elsewhere).await.failure());
    let mut versioned = config_map("b", json!({}));
    versioned["metadata"]["resourceVersion"] = "1".into();
    failures.push(client.post(CONFIG_MAPS, &versioned).await.failure());
    expect![[r#"
        404 NotFound configmaps "x" not found
        404 NotFound deployments.apps "x" not found
        409 AlreadyExists configmaps "a" already exists
        422 Invalid ConfigMap "A_" is invalid: metadata.name: Invalid value: "A_": a lowercase RFC 1123 subdomain must
        422 Invalid ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
        400 BadRequest Secret in version "v1" cannot be handled as a ConfigMap: the kind in the data does not match the resource
        400 BadRequest the API version in the data (v2) does not match the expected API version (v1)
        400 BadRequest Secret in version "v1" cannot be handled as a ConfigMap: the kind in the data does not match the resource
        400 BadRequest the name of the object (a) does not match the name on the URL (b)
        404 NotFound configmaps "b" not found
        404 NotFound the server could not find the requested resource
        405 MethodNotAllowed the server does not allow this method on the requested resource
        405 MethodNotAllowed the server does not allow this method on the requested resource
        404 NotFound namespaces "nowhere" not found
        400 BadRequest the namespace of the provided object does not match the namespace sent on the request
        500  resourceVersion should not be set on objects to be created"#]]
    .assert_eq(&failures.join("\n"));
}

#[tokio::test]
async fn details_name_the_object() {
    let client = Client::new().await;
    let status = client.get(&format!("{DEPLOYMENTS}/x")).await.json();
    assert_eq!(
        status,
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "deployments.apps \"x\" not found", "reason": "NotFound",
            "details": {"name": "x", "group": "apps", "kind": "deployments"}, "code": 404,
        })
    );
}

#[tokio::test]
async fn updates_are_guarded_by_the_resource_version() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a");
    let first = client.post(CONFIG_MAPS, &config_map("a", json!({"k": "1"}))).await.ok();
    let mut next = first.clone();
    next["data"]["k"] = "2".into();
    let second = client.put(&path, &next).await.ok();
    assert_ne!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    expect![[r#"409 Conflict Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again"#]]
        .assert_eq(&client.put(&path, &next).await.failure());
    let mut other = second.clone();
    other["metadata"]["uid"] = "11111111-1111-4111-8111-111111111111".into();
    let failure = client.put(&path, &other).await.failure();
    assert!(
        failure.starts_with("409 Conflict Operation cannot be fulfilled on configmaps \"a\": Precondition failed: UID"),
        "{failure}"
    );
    let unconditional = client.put(&path, &config_map("a", json!({"k": "3"}))).await.ok();
    assert_eq!(unconditional["metadata"]["uid"], first["metadata"]["uid"], "identity is kept");
    assert_eq!(unconditional["metadata"]["creationTimestamp"], first["metadata"]["creationTimestamp"]);
}

#[tokio::test]
async fn a_write_that_changes_nothing_writes_nothing() {
    let client = Client::new().await;
    let path = format!("{CONFIG_MAPS}/a");
    let first = client.post(CONFIG_MAPS, &config_map("a", json!({"k": "1"}))).await.ok();
    let again = client.put(&path, &first).await.ok();
    assert_eq!(again["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let patched = client.merge(&path, &json!({"data": {"k": "1"}})).await.ok();
    assert_eq!(patched["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn generation_counts_changes_of_what_is_wanted() {
    let client = Client::new().await;
    let path = format!("{DEPLOYMENTS}/web");
    let created = client.post(DEPLOYMENTS, &deployment("web", 1)).await.ok();
    assert_eq!(created["metadata"]["generation"], 1);
    let labelled = client.merge(&path, &json!({"metadata": {"labels": {"a": "b"}}})).await.ok();
    assert_eq!(labelled["metadata"]["generation"], 1);
    let scaled = client.merge(&path, &json!({"spec": {"replicas": 2}})).await.ok();
    assert_eq!(scaled["metadata"]["generation"], 2);
    let forged = client.merge(&path, &json!({"metadata": {"generation": 77}})).await.ok();
    assert_eq!(forged["metadata"]["generation"], 2);
}

#[tokio::test]
async fn status_and_the_rest_are_written_apart() {
    let client = Client::new().await;
    let path = format!("{DEPLOYMENTS}/web");
    let mut object = deployment("web", 1);
    object["status"] = json!({"replicas": 7});
    let created = client.post(DEPLOYMENTS, &object).await.ok();
    assert!(created["status"]["replicas"].is_null(), "{created}");
    let main = client.merge(&path, &json!({"status": {"replicas": 7}})).await.ok();
    assert!(main["status"]["replicas"].is_null());
    let status = client
        .merge(
            &format!("{path}/status"),
            &json!({"status": {"replicas": 3}, "spec": {"replicas": 9}, "metadata": {"labels": {"x": "y"}}}),
        )
        .await
        .ok();
    assert_eq!(status["status"]["replicas"], 3);
    assert_eq!(status["spec"]["replicas"], 1);
    assert!(status["metadata"]["labels"]["x"].is_null());
    assert_eq!(status["metadata"]["generation"], 1);
    let main = client.merge(&path, &json!({"spec": {"replicas": 2}})).await.ok();
    assert_eq!(main["status"]["replicas"], 3, "an update of the main resource keeps the status");
}

#[tokio::test]
async fn names_are_generated() {
    let client = Client::new().await;
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "web-"}});
    let mut names: Vec<String> = Vec::new();
    for _ in 0..20 {
        let created = client.post(CONFIG_MAPS, &object).await.ok();
        let name = created["metadata"]["name"].as_str().expect("a name").to_owned();
        assert!(name.starts_with("web-") && name.len() == 9, "{name}");
        names.push(name);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 20);
}

#[tokio::test]
async fn dry_runs_leave_no_trace() {
    let client = Client::new().await;
    let before = client.get(CONFIG_MAPS).await.ok()["metadata"]["resourceVersion"].clone();
    let planned = client.post(&format!("{CONFIG_MAPS}?dryRun=All"), &config_map("a", json!({}))).await;
    assert_eq!(planned.code, 201);
    assert_eq!(planned.ok()["metadata"]["name"], "a");
    assert_eq!(client.get(&format!("{CONFIG_MAPS}/a")).await.code, 404);
    client.post(CONFIG_MAPS, &config_map("a", json!({"k": "1"}))).await.ok();
    assert_eq!(client.post(&format!("{CONFIG_MAPS}?dryRun=All"), &config_map("a", json!({}))).await.code, 409);
    let patched = client.merge(&format!("{CONFIG_MAPS}/a?dryRun=All"), &json!({"data": {"k": "2"}})).await.ok();
    assert_eq!(patched["data"]["k"], "2");
    client.delete(&format!("{CONFIG_MAPS}/a?dryRun=All")).await.ok();
    let stored = client.get(&format!("{CONFIG_MAPS}/a")).await.ok();
    assert_eq!(stored["data"]["k"], "1");
    let revision = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok()).expect("a revision");
    assert_eq!(revision(&stored["metadata"]["resourceVersion"]), revision(&before) + 1);
}

#[tokio::test]
async fn unknown_and_duplicate_fields_are_said() {
    let client = Client::new().await;
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dat":{"k":"v"},"immutable":false,"immutable":false}"#;
    let json = [("content-type", "application/json")];
    let strict = client.send("POST", &format!("{CONFIG_MAPS}?fieldValidation=Strict"), &json, body).await;
    assert!(
        strict.failure().starts_with(
            "400 BadRequest ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error:"
        ),
        "{}",
        strict.failure()
    );
    let ignored = client.send("POST", &format!("{CONFIG_MAPS}?fieldValidation=Ignore&dryRun=All"), &json, body).await;
    assert_eq!(ignored.warnings(), Vec::<&str>::new());
    let warned = client.send("POST", CONFIG_MAPS, &json, body).await;
    assert_eq!(warned.code, 201);
    assert_eq!(warned.warnings(), [r#"299 - "duplicate field \"immutable\"""#, r#"299 - "unknown field \"dat\"""#]);
    assert!(warned.ok()["dat"].is_null());
}

#[tokio::test]
async fn services_get_addresses() {
    let client = Client::new().await;
    let services = "/api/v1/namespaces/default/services";
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let created = client.post(services, &service).await.ok();
    let address = created["spec"]["clusterIP"].as_str().expect("an address").to_owned();
    assert!(address.starts_with("10."), "{created}");
    let updated = client.put(&format!("{services}/web"), &service).await.ok();
    assert_eq!(updated["spec"]["clusterIP"], address.as_str());
}
