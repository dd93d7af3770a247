//! What rules find: it is told of, and where that is asked for, a change that brings in errors is not applied.

use expect_test::expect;
use manifest::Value;
use serde_json::json;

use crate::helm_world::{config_ref, data, helm_release};
use crate::world::{
    World, condition, config_map, config_map_ref, kustomization, object, ready, told, until_condition, until_reason,
};

/// A Deployment without pods, so that nobody has to make it healthy.
fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: default\nspec:\n  replicas: 0\n  \
         selector:\n    matchLabels: {{app: {name}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    \
         spec:\n      containers:\n        - name: web\n          image: \
         web:1\n"
    )
}

fn autoscaler(name: &str, target: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\n  namespace: \
         default\nspec:\n  maxReplicas: 3\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: \
         {target}\n"
    )
}

/// The Kustomization `apps`, which says what becomes of findings.
async fn apply(world: &World, analyze: &str) {
    let mut object = kustomization("apps", json!({"wait": false}));
    object["metadata"]["annotations"] = json!({"tenter.dev/analyze": analyze});
    world.apply(object).await;
}

fn namespace(labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {labels}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_about_an_object_alone_are_told_and_stop_nothing() {
    let world = World::start().await;
    let both = namespace("{istio-injection: enabled, istio.io/rev: canary}");
    let bad = world.commit(&[("apps/shop.yaml", &both)], "both labels");
    world.source(json!({})).await;
    world.kustomization("apps", json!({"wait": false})).await;
    world.until_applied("apps", &bad).await;
    let found = until_condition(&world, "apps", "Analyzed", "False").await;
    assert_eq!(ready(&found), "True");
    expect![[r#"
        FindingsReported: 1 warning:
        IST0123 Namespace shop: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins (apps/shop.yaml:5:38)"#]]
    .assert_eq(&told(&found, "Analyzed"));

    // Once it is mended, nothing is left to say.
    let mended = world.commit(&[("apps/shop.yaml", &namespace("{istio.io/rev: canary}"))], "one label");
    let found = world.until_applied("apps", &mended).await;
    assert!(condition(&found, "Analyzed").is_null(), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_enforced_a_change_that_brings_in_errors_is_not_applied() {
    let world = World::start().await;
    let good = world.commit(
        &[("apps/settings.yaml", &config_map("settings", "1")), ("apps/other.yaml", &deployment("other"))],
        "good",
    );
    world.source(json!({})).await;
    apply(&world, "enforce").await;
    world.until_applied("apps", &good).await;

    let bad = world.commit(
        &[("apps/settings.yaml", &config_map("settings", "2")), ("apps/autoscaler.yaml", &autoscaler("web", "web"))],
        "an autoscaler of nothing",
    );
    let refused = until_reason(&world, "apps", "AnalysisFailed").await;
    assert_eq!(refused["status"]["lastAttemptedRevision"], bad.as_str());
    expect![[r#"
        AnalysisFailed: nothing was applied, because this revision would bring in 1 error:
        RP0006 HorizontalPodAutoscaler default/web: `Deployment/default/web`, which it scales, does not exist (apps/autoscaler.yaml:11:5)"#]]
    .assert_eq(&told(&refused, "Ready"));
    assert!(told(&refused, "Analyzed").starts_with("ErrorsRefused: 1 error:"), "{refused}");
    let settings = world.get(&config_map_ref("settings")).await.unwrap();
    assert_eq!(settings["data"]["value"], "1", "the last good state stays");
    assert!(world.get(&object("autoscaling/v2", "HorizontalPodAutoscaler", "default", "web")).await.is_none());
    world.until_event("apps", "AnalysisFailed", |message| message.contains("RP0006")).await;

    // What was missing comes, and with it the whole change.
    let whole = world.commit(&[("apps/web.yaml", &deployment("web"))], "what it scales");
    world.until_applied("apps", &whole).await;
    world.until_is(&config_map_ref("settings"), "applied", |found| found["data"]["value"] == "2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_that_were_there_before_stop_no_other_change() {
    let world = World::start().await;
    let bad = world.commit(&[("apps/autoscaler.yaml", &autoscaler("web", "web"))], "an autoscaler of nothing");
    world.source(json!({})).await;
    world.kustomization("apps", json!({"wait": false})).await;
    world.until_applied("apps", &bad).await;
    apply(&world, "enforce").await;
    let other = world.commit(&[("apps/settings.yaml", &config_map("settings", "1"))], "something else");
    world.until_applied("apps", &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_annotation_that_says_nothing_is_refused() {
    let world = World::start().await;
    world.commit(&[("apps/settings.yaml", &config_map("settings", "1"))], "good");
    world.source(json!({})).await;
    apply(&world, "maybe").await;
    let found = until_condition(&world, "apps", "Stalled", "True").await;
    expect![[r#"ReconciliationFailed: the annotation tenter.dev/analyze is "maybe"; write off, report or enforce"#]]
        .assert_eq(&told(&found, "Stalled"));
}

/// The HelmRelease `web`, which says what becomes of findings.
async fn release(world: &World, analyze: &str, spec: Value) {
    let mut object = helm_release("web", spec);
    object["metadata"]["annotations"] = json!({"tenter.dev/analyze": analyze});
    world.apply(object).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_about_the_objects_of_a_release_are_told_and_stop_nothing() {
    let both = namespace("{istio-injection: enabled, istio.io/rev: canary}");
    let world = World::with_chart("1.0.0", &[("templates/shop.yaml", &both)]).await;
    world.release("web", json!({})).await;
    let found = world.until_released("web", "1.0.0").await;
    expect![[r#"
        FindingsReported: 1 warning:
        IST0123 Namespace shop: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins (web/templates/shop.yaml:10:5)"#]]
    .assert_eq(&told(&found, "Analyzed"));

    // Once it is mended, nothing is left to say.
    world.commit_chart("1.1.0", &[("templates/shop.yaml", &namespace("{istio.io/rev: canary}"))]);
    let found = world.until_released("web", "1.1.0").await;
    assert!(condition(&found, "Analyzed").is_null(), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_enforced_a_release_that_brings_in_errors_is_not_upgraded() {
    let other = ("templates/other.yaml", &*deployment("other"));
    let world = World::with_chart("1.0.0", &[other]).await;
    release(
        &world,
        "enforce",
        json!({"install": {"disableWait": true}, "upgrade": {"disableWait": true, "remediation": {"retries": 0}}}),
    )
    .await;
    world.until_released("web", "1.0.0").await;

    let of_nothing = ("templates/autoscaler.yaml", &*autoscaler("web", "web"));
    world.commit_chart("1.1.0", &[other, of_nothing]);
    let refused = world.until_release_is("web", "Ready", "False", "AnalysisFailed").await;
    expect![[r#"
        AnalysisFailed: nothing was applied, because this revision would bring in 1 error:
        RP0006 HorizontalPodAutoscaler default/web: `Deployment/default/web`, which it scales, does not exist (web/templates/autoscaler.yaml:16:5)"#]]
    .assert_eq(&told(&refused, "Ready"));
    assert!(told(&refused, "Analyzed").starts_with("ErrorsRefused: 1 error:"), "{refused}");
    assert_eq!(data(&world.get(&config_ref("web")).await.unwrap(), "version"), "1.0.0", "the last good state stays");
    assert_eq!(world.revisions("web").await, ["1 deployed"], "Helm knows nothing of it");
    world.until_event("web", "AnalysisFailed", |message| message.contains("RP0006")).await;

    // That it was refused is no failure of the release: without a retry left it would stay stalled.
    world.commit_chart("1.2.0", &[other, of_nothing, ("templates/web.yaml", &deployment("web"))]);
    world.until_released("web", "1.2.0").await;
    assert_eq!(world.revisions("web").await, ["1 superseded", "2 deployed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_enforced_a_release_with_errors_is_not_installed() {
    let files =
        [("templates/autoscaler.yaml", &*autoscaler("web", "web")), ("templates/other.yaml", &deployment("other"))];
    let world = World::with_chart("1.0.0", &files).await;
    release(
        &world,
        "enforce",
        json!({"targetNamespace": "new", "install": {"createNamespace": true, "disableWait": true}}),
    )
    .await;
    world.until_release_is("web", "Ready", "False", "AnalysisFailed").await;
    assert!(world.get(&object("v1", "Namespace", "", "new")).await.is_none(), "nothing was made for it");
    assert!(world.revisions("web").await.is_empty());

    // What is missing comes from somebody else, and the release by itself.
    world.commit(&[("apps/web.yaml", &deployment("web"))], "what it scales");
    world.kustomization("apps", json!({"wait": false})).await;
    let released = world.until_released("web", "1.0.0").await;
    assert!(condition(&released, "Analyzed").is_null(), "{released}");
    assert_eq!(world.revisions("web").await, ["1 deployed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_annotation_of_a_release_that_says_nothing_is_refused() {
    let world = World::with_chart("1.0.0", &[]).await;
    release(&world, "maybe", json!({})).await;
    let found = world.until_release_is("web", "Stalled", "True", "InvalidSpec").await;
    expect![[r#"InvalidSpec: the annotation tenter.dev/analyze is "maybe"; write off, report or enforce"#]]
        .assert_eq(&told(&found, "Stalled"));
}
