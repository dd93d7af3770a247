//! Post-build variables from ConfigMaps and Secrets.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{FLUX, World, config_map, config_map_ref, object, told, until_reason};

fn variables(kind: &str, name: &str, data: Value) -> Value {
    let field = if kind == "Secret" { "stringData" } else { "data" };
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": FLUX}, field: data})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_variable_is_applied_at_once() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "${region}-${key}-${size:=1}"))], "first");
    world.source(json!({})).await;
    let from = json!([
        {"kind": "ConfigMap", "name": "settings"},
        {"kind": "Secret", "name": "keys"},
        {"kind": "ConfigMap", "name": "overrides", "optional": true},
    ]);
    world.kustomization("app", json!({"postBuild": {"substituteFrom": from}})).await;
    let missing = until_reason(&world, "app", "BuildFailed").await;
    expect![[r#"
        BuildFailed: kustomize build failed: postBuild.substituteFrom: ConfigMap 'flux-system/settings' not found. Create it, or mark the entry `optional: true`.
        postBuild.substituteFrom: Secret 'flux-system/keys' not found. Create it, or mark the entry `optional: true`."#]]
    .assert_eq(&told(&missing, "Ready"));

    world.apply(variables("Secret", "keys", json!({"key": "k1"}))).await;
    world.apply(variables("ConfigMap", "settings", json!({"region": "north"}))).await;
    world.until_applied("app", &revision).await;
    let web = config_map_ref("web");
    let until = async |value: &str| drop(world.until_is(&web, value, |found| found["data"]["value"] == value).await);
    until("north-k1-1").await;
    world.apply(variables("ConfigMap", "settings", json!({"region": "south"}))).await;
    until("south-k1-1").await;
    world.apply(variables("Secret", "keys", json!({"key": "k2"}))).await;
    until("south-k2-1").await;
    world.apply(variables("ConfigMap", "overrides", json!({"size": "9"}))).await;
    until("south-k2-9").await;
    world.delete(&object("v1", "ConfigMap", FLUX, "overrides")).await;
    until("south-k2-1").await;
}
