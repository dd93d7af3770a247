//! Bases on other hosts and charts in kustomizations: off unless they are switched on.

use engine::RemoteBases;
use serde_json::{Value, json};
use testkit::git::{Access, HttpServer, Repository, Wire};

use crate::world::{World, config_map, config_map_ref, kustomization_ref, told};

async fn world(remote_bases: RemoteBases) -> World {
    let mut world = World::start().await;
    world.restart_engine(|options| options.remote_bases = remote_bases).await;
    world.source(json!({})).await;
    world
}

/// A repository on a git server, with a base in it.
async fn base() -> (Repository, HttpServer) {
    let repository = Repository::create().unwrap();
    let files = [("base/kustomization.yaml", "resources: [web.yaml]\n"), ("base/web.yaml", &config_map("web", "1"))];
    repository.commit(files, "first").unwrap();
    let server = HttpServer::start(&[("base.git", repository.path())], Access::Open, Wire::Plain).await.unwrap();
    (repository, server)
}

fn requested(at: &str) -> Value {
    json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: at}}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bases_of_other_hosts_are_fetched_for_every_build() {
    let (repository, server) = base().await;
    let world = world(RemoteBases::Fetched).await;
    let overlay = format!("namePrefix: a-\nresources: ['{}//base?ref=main']\n", server.url("base.git"));
    let revision = world.commit(&[("app/kustomization.yaml", &overlay)], "first");
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    let value = |found: &Value| found["data"]["value"].clone();
    assert_eq!(value(&world.get(&config_map_ref("a-web")).await.unwrap()), "1");

    repository.commit([("base/web.yaml", config_map("web", "2"))], "second").unwrap();
    world.patch(&kustomization_ref("app"), "flux", requested("now")).await;
    world.until_is(&config_map_ref("a-web"), "of the newer base", |found| value(found) == "2").await;

    repository.commit([("base/web.yaml", "a: [\n".to_owned())], "broken").unwrap();
    world.patch(&kustomization_ref("app"), "flux", requested("again")).await;
    let failed = world.until_failed("app", &revision).await;
    assert!(told(&failed, "Ready").starts_with("BuildFailed: kustomize build failed: "), "{}", told(&failed, "Ready"));
    assert_eq!(value(&world.get(&config_map_ref("a-web")).await.unwrap()), "2", "what was applied stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_off_unless_switched_on_and_never_of_this_machine() {
    let (repository, server) = base().await;
    let off = world(RemoteBases::Refused).await;
    let overlay = format!("resources: ['{}//base?ref=main']\n", server.url("base.git"));
    let revision = off.commit(&[("app/kustomization.yaml", &overlay)], "first");
    off.kustomization("app", json!({})).await;
    let failed = told(&off.until_failed("app", &revision).await, "Ready");
    assert!(failed.starts_with("BuildFailed") && failed.contains("remote bases are off"), "{failed}");
    assert!(failed.contains("--remote-bases"), "{failed}");

    let on = world(RemoteBases::Fetched).await;
    let overlay = format!("resources: ['file://{}//base']\n", repository.path().display());
    let revision = on.commit(&[("app/kustomization.yaml", &overlay)], "first");
    on.kustomization("app", json!({})).await;
    let failed = told(&on.until_failed("app", &revision).await, "Ready");
    assert!(failed.starts_with("BuildFailed") && failed.contains("on the machine that builds"), "{failed}");

    let overlay = format!("resources: ['{}//base?ref=none']\n", server.url("base.git"));
    let revision = on.commit(&[("app/kustomization.yaml", &overlay)], "second");
    let failed = told(&on.until_failed("app", &revision).await, "Ready");
    assert!(failed.starts_with("BuildFailed") && failed.contains("none"), "{failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_of_kustomizations_are_rendered_with_them() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: default}\ndata:\n  value: {{ .Values.value }}\n  random: {{ randAlphaNum 20 }}\n";
    let files = [
        ("app/kustomization.yaml", "helmCharts:\n- name: web\n  releaseName: web\n  valuesInline: {value: one}\n"),
        ("app/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("app/charts/web/templates/web.yaml", template),
    ];
    let off = world(RemoteBases::Refused).await;
    let revision = off.commit(&files, "first");
    off.kustomization("app", json!({})).await;
    let failed = told(&off.until_failed("app", &revision).await, "Ready");
    assert!(failed.starts_with("BuildFailed") && failed.contains("--remote-bases"), "{failed}");

    let on = world(RemoteBases::Fetched).await;
    let revision = on.commit(&files, "first");
    on.kustomization("app", json!({})).await;
    on.until_applied("app", &revision).await;
    let first = on.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(first["data"]["value"], "one");

    let revision = on.commit(&[("app/more.txt", "another revision")], "second");
    on.until_applied("app", &revision).await;
    let second = on.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(first["data"], second["data"], "chance is the same as long as the engine runs");
}
