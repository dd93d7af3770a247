//! `dependsOn`: order, the same-revision rule, `readyExpr`, cycles, and dependencies that are not there.

use expect_test::expect;
use serde_json::json;

use crate::world::{
    World, condition, config_map, config_map_ref, kustomization_ref, ready, settled, text, told, until_condition,
    until_reason,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dependents_follow_at_every_revision() {
    let world = World::start().await;
    let files = |value: &str| ["a", "b", "c"].map(|name| (format!("{name}/{name}.yaml"), config_map(name, value)));
    let commit = |value: &str| {
        let files = files(value);
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        world.commit(&files, value)
    };
    let first = commit("1");
    world.source(json!({})).await;
    world.kustomization("c", json!({"dependsOn": [{"name": "b"}]})).await;
    world.kustomization("b", json!({"dependsOn": [{"name": "a"}]})).await;
    let waiting = until_reason(&world, "b", "DependencyNotReady").await;
    expect!["DependencyNotReady: dependency 'flux-system/a' not found"].assert_eq(&told(&waiting, "Ready"));
    world.until_event("b", "DependencyNotReady", |_| true).await;
    assert!(world.get(&config_map_ref("b")).await.is_none());
    world.kustomization("a", json!({})).await;
    world.until_applied("c", &first).await;
    let second = commit("2");
    world.until_applied("c", &second).await;
    // Resource versions are the order of all writes: each dependency was applied before its dependent.
    let mut versions = Vec::new();
    for name in ["a", "b", "c"] {
        let live = world.get(&config_map_ref(name)).await.unwrap();
        assert_eq!(live["data"]["value"], "2");
        versions.push(text(&live["metadata"]["resourceVersion"]).parse::<u64>().unwrap());
    }
    assert!(versions.is_sorted(), "{versions:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dependency_at_an_older_revision_holds_its_dependents_back() {
    let world = World::start().await;
    let first = world.commit(&[("a/a.yaml", &config_map("a", "1")), ("b/b.yaml", &config_map("b", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("a", json!({})).await;
    world.kustomization("b", json!({"dependsOn": [{"name": "a"}]})).await;
    world.until_applied("b", &first).await;
    world.patch(&kustomization_ref("a"), "flux", json!({"spec": {"suspend": true}})).await;
    let second = world.commit(&[("a/a.yaml", &config_map("a", "2")), ("b/b.yaml", &config_map("b", "2"))], "second");
    let held = world.until_failed("b", &second).await;
    assert_eq!(held["status"]["lastAppliedRevision"], *first);
    world.patch(&kustomization_ref("a"), "flux", json!({"spec": {"suspend": false}})).await;
    world.until_applied("b", &second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ready_expression_replaces_the_rule() {
    let world = World::start().await;
    let files =
        [("a/a.yaml", "kind: broken"), ("b/b.yaml", &config_map("b", "1")), ("c/c.yaml", &config_map("c", "1"))];
    let revision = world.commit(&files, "first");
    world.source(json!({})).await;
    world.kustomization("a", json!({})).await;
    world.until_failed("a", &revision).await;
    let expression = |text: &str| json!({"dependsOn": [{"name": "a", "readyExpr": text}]});
    world.kustomization("b", expression("dep.metadata.generation == 1")).await;
    world.until_applied("b", &revision).await;

    world.kustomization("c", expression("dep.metadata.generation == 2 && self.metadata.name == 'c'")).await;
    let waiting = world.until_failed("c", &revision).await;
    expect!["DependencyNotReady: dependency 'flux-system/a' is not ready according to readyExpr eval"]
        .assert_eq(&told(&waiting, "Ready"));
    world.patch(&kustomization_ref("a"), "flux", json!({"spec": {"suspend": true}})).await;
    world.until_applied("c", &revision).await;

    world
        .kustomization(
            "d",
            json!({"path": "./c", "dependsOn": [{"name": "a", "readyExpr": "dep.metadata.generation =="}]}),
        )
        .await;
    let stalled = until_condition(&world, "d", "Stalled", "True").await;
    expect!["InvalidCELExpression: failed to parse the CEL expression 'dep.metadata.generation ==' at 1:27: mismatched input '<EOF>'"].assert_eq(&told(&stalled, "Ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cycle_is_named_and_ends_when_it_is_broken() {
    let world = World::start().await;
    let files = [("a/a.yaml", &*config_map("a", "1")), ("b/b.yaml", &config_map("b", "1"))];
    let revision = world.commit(&files, "first");
    world.source(json!({})).await;
    world.kustomization("a", json!({"dependsOn": [{"name": "b"}]})).await;
    world.kustomization("b", json!({"dependsOn": [{"name": "a"}]})).await;
    let what = |name: &'static str| until_condition(&world, name, "Stalled", "True");
    expect!["DependencyNotReady: dependency cycle: flux-system/a -> flux-system/b -> flux-system/a; remove one of these dependsOn entries"]
        .assert_eq(&told(&what("a").await, "Stalled"));
    expect!["DependencyNotReady: dependency cycle: flux-system/a -> flux-system/b -> flux-system/a; remove one of these dependsOn entries"]
        .assert_eq(&told(&what("b").await, "Ready"));
    world.until_event("a", "DependencyNotReady", |message| message.starts_with("dependency cycle")).await;
    world.patch(&kustomization_ref("a"), "flux", json!({"spec": {"dependsOn": null}})).await;
    let applied = world.until_applied("b", &revision).await;
    assert_eq!(condition(&applied, "Stalled"), &json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dependency_that_is_not_ready_says_why() {
    let world = World::start().await;
    let files = [("a/a.yaml", "kind: ConfigMap\n"), ("b/b.yaml", &*config_map("b", "1"))];
    world.commit(&files, "first");
    world.source(json!({})).await;
    world.kustomization("a", json!({})).await;
    world.kustomization("b", json!({"dependsOn": [{"name": "a"}]})).await;
    let said = world
        .until_is(&kustomization_ref("b"), "waiting for a reason", |found| {
            ready(found) == "False" && text(&condition(found, "Ready")["message"]).contains("build failed")
        })
        .await;
    expect!["DependencyNotReady: dependency 'flux-system/a' is not ready: kustomize build failed: a/a.yaml:1:1: the ConfigMap has no `metadata.name`. Complete the object, or keep files that hold no objects out of `resources`."].assert_eq(&settled(&told(&said, "Ready"), world.repository.path()));
    let next = world.commit(&[("a/a.yaml", &config_map("a", "1"))], "second");
    world.until_applied("b", &next).await;
}
