//! Buckets: Kustomizations and charts that are made from them, and what they say of trouble.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;
use testkit::git::Wire;
use testkit::registry::digest_of;
use testkit::web::{Asked, Reply, WebServer};

use crate::bad_sources::without_port;
use crate::charts::{chart_files, helm_chart, source_ref};
use crate::world::{
    FLUX, World, condition, config_map, config_map_ref, flux_object, kustomization_ref, over, ready, told,
};

/// Objects by name.
type Objects = Arc<Mutex<BTreeMap<String, String>>>;

/// A server with the bucket `app`, which is open to everybody who signs, or to nobody.
async fn start(objects: &Objects) -> WebServer {
    let objects = objects.clone();
    WebServer::start(Wire::Plain, move |asked| answer(&objects.lock().unwrap(), asked)).await.unwrap()
}

fn answer(objects: &BTreeMap<String, String>, asked: &Asked) -> Reply {
    if asked.header("authorization").contains("Credential=stranger/") {
        return Reply::status(403);
    }
    if let Some(key) = asked.path().strip_prefix("/app/").filter(|key| !key.is_empty()) {
        return objects.get(key).map_or_else(|| Reply::status(404), |text| Reply::ok(text.clone()));
    }
    if !asked.path().starts_with("/app") {
        return Reply::status(404);
    }
    let object = |(key, text): (&String, &String)| {
        let (tag, size) = (digest_of(text.as_bytes()), text.len());
        format!("<Contents><Key>{key}</Key><ETag>&#34;{tag}&#34;</ETag><Size>{size}</Size></Contents>")
    };
    let listed: String = objects.iter().map(object).collect();
    Reply::ok(format!("<ListBucketResult>{listed}<IsTruncated>false</IsTruncated></ListBucketResult>"))
}

async fn bucket(world: &World, server: &WebServer, spec: Value) {
    let usual = json!({"interval": "1h", "bucketName": "app", "endpoint": server.host(), "insecure": true});
    world.apply(flux_object("source.toolkit.fluxcd.io/v1", "Bucket", "app", over(usual, spec))).await;
}

async fn request(world: &World, token: &str) {
    let annotations = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
    world.patch(&source_ref("Bucket", "app"), "flux", annotations).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_charts_of_a_bucket() {
    let world = World::start().await;
    let objects = Objects::default();
    let put = |path: &str, text: &str| objects.lock().unwrap().insert(path.to_owned(), text.to_owned());
    put("app/web.yaml", &config_map("web", "1"));
    for (path, text) in chart_files("web", "1.0.0") {
        put(&format!("charts/web/{path}"), &text);
    }
    let server = start(&objects).await;
    world.kustomization("app", json!({"sourceRef": {"kind": "Bucket", "name": "app"}})).await;
    let source = json!({"kind": "Bucket", "name": "app"});
    world.apply(helm_chart("web", "charts/web", json!({"sourceRef": source, "reconcileStrategy": "Revision"}))).await;
    bucket(&world, &server, json!({})).await;
    let is_one = |found: &Value| found["data"]["value"] == "1";
    world.until_is(&config_map_ref("web"), "applied", is_one).await;
    let is_ready = |found: &Value| ready(found) == "True";
    let first = world.until_is(&source_ref("Bucket", "app"), "ready", is_ready).await;
    let revision = first["status"]["artifact"]["revision"].as_str().unwrap().to_owned();
    assert_eq!(told(&first, "Ready"), format!("Succeeded: stored artifact: revision '{revision}'"));
    let event = world.until_event("app", "NewArtifact", |_| true).await;
    assert_eq!(event, "stored artifact with 5 fetched files from 'app' bucket");
    let version = format!("1.0.0+{}", &revision["sha256:".len()..][..12]);
    let is_made = |found: &Value| found["status"]["artifact"]["revision"] == *version;
    world.until_is(&source_ref("HelmChart", "web"), "made", is_made).await;

    put("app/web.yaml", &config_map("web", "2"));
    request(&world, "1").await;
    let is_two = |found: &Value| found["data"]["value"] == "2";
    world.until_is(&config_map_ref("web"), "applied", is_two).await;
    let pin = json!({"metadata": {"annotations": {"tenter.dev/pinned-revision": revision}}});
    world.patch(&kustomization_ref("app"), "flux", pin).await;
    let is_refused = |found: &Value| told(found, "Ready").contains("a bucket has its newest revision only");
    world.until_is(&kustomization_ref("app"), "refused", is_refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buckets_that_cannot_be_read() {
    let world = World::start().await;
    let objects = Objects::default();
    objects.lock().unwrap().insert("app/web.yaml".to_owned(), config_map("web", "1"));
    let server = start(&objects).await;
    let refuses = async |expected: Expect| {
        let failed = |found: &Value| {
            let failed = condition(found, "FetchFailed");
            failed["status"] == "True" && failed["observedGeneration"] == found["metadata"]["generation"]
        };
        let failed = world.until_is(&source_ref("Bucket", "app"), "failed", failed).await;
        expected.assert_eq(&without_port(&told(&failed, "Ready")));
    };
    bucket(&world, &server, json!({"bucketName": "gone"})).await;
    refuses(expect![
        "BucketOperationFailed: http://127.0.0.1:<port>/gone: not found; check spec.endpoint and spec.bucketName"
    ])
    .await;
    bucket(&world, &server, json!({"secretRef": {"name": "keys"}})).await;
    refuses(expect!["AuthenticationFailed: secret 'flux-system/keys' not found; create it or correct secretRef"]).await;
    bucket(&world, &server, json!({"provider": "gcp"})).await;
    refuses(expect!["Unsupported: spec.provider gcp is not supported yet, and fetching without it would be less safe than you asked for"]).await;
    let keys = json!({"accesskey": "stranger", "secretkey": "x"});
    world.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": FLUX}, "stringData": keys})).await;
    bucket(&world, &server, json!({"secretRef": {"name": "keys"}, "timeout": "50s"})).await;
    refuses(expect!["AuthenticationFailed: http://127.0.0.1:<port>/app/.sourceignore: authentication failed: the server forbids it (403); check that these credentials may read it"]).await;
    bucket(&world, &server, json!({})).await;
    let healed = world.until_is(&source_ref("Bucket", "app"), "healed", |found| ready(found) == "True").await;
    assert_eq!(condition(&healed, "FetchFailed"), &Value::Null);
}
