//! Objects that the API server refuses: all of them are reported at once, and nothing is applied.

use expect_test::expect;
use serde_json::json;

use crate::bad_input::Good;
use crate::world::{config_map, config_map_ref, kustomization_ref, object};

fn deployment(selector: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: default}}\nspec:\n  \
         selector: {{matchLabels: {{app: {selector}}}}}\n  template:\n    metadata: {{labels: {{app: {selector}}}}}\n    \
         spec: {{containers: [{{name: web, image: web}}]}}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refused_object_is_named_and_nothing_is_applied() {
    let good = Good::start().await;
    let broken = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\nspec:\n  \
                  replicas: many\n  selector: {matchLabels: {app: web}}\n  template:\n    \
                  metadata: {labels: {app: other}}\n    spec: {containers: []}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec:\n  \
                   ports: [{port: 123456}]\n";
    let files = [
        ("a.yaml", config_map("a", "1")),
        ("deployment.yaml", broken.to_owned()),
        ("service.yaml", service.to_owned()),
        (
            "widget.yaml",
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\n".to_owned(),
        ),
        ("elsewhere.yaml", config_map("b", "1").replace("namespace: default", "namespace: nowhere")),
    ];
    good.refuses(&files, expect![[r#"
        ReconciliationFailed: dry-run failed, nothing was applied: app/elsewhere.yaml:1:1: ConfigMap/nowhere/b: namespace "nowhere" not found; declare it, or make the Kustomization depend on the one that does
        app/service.yaml:5:12: Service/default/web: Service "web" is invalid: [spec.ports[0].port: Invalid value: 123456: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 123456: must be between 1 and 65535, inclusive]
        app/deployment.yaml:5:3: Deployment/default/web: Deployment.apps "web" is invalid: [spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string", spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`, spec.template.spec.containers: Required value]
        app/widget.yaml:1:1: Widget/default/w: no matches for kind "Widget" in version "example.com/v1": the API server does not serve it; apply its CustomResourceDefinition first, or add a dependsOn on the Kustomization that installs example.com"#]]).await;
    assert!(good.world.get(&config_map_ref("a")).await.is_none(), "nothing is applied");
    let nowhere = config_map("b", "1").replace("  namespace: default\n", "");
    good.refuses(&[("b.yaml", nowhere)], expect!["ReconciliationFailed: dry-run failed, nothing was applied: app/b.yaml:1:1: ConfigMap/b: namespace not specified: v1 ConfigMap is namespaced; set metadata.namespace, or targetNamespace in the Kustomization"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_too_large() {
    let good = Good::start().await;
    let large = config_map("large", &"x".repeat(1_700_000));
    good.refuses(&[("large.yaml", large)], expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/large.yaml:1:1: ConfigMap/default/large: ConfigMap "large" is invalid: <nil>: Too long: may not be more than 1048576 bytes"#]]).await;
    // What is no ConfigMap has only the bounds of the store and of a request.
    let release = |bytes: usize| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: r, namespace: default}}\nspec:\n  \
             interval: 1m\n  chart: {{spec: {{chart: x, sourceRef: {{kind: HelmRepository, name: x}}}}}}\n  \
             values: {{blob: {}}}\n",
            "x".repeat(bytes)
        )
    };
    good.refuses(&[("large.yaml", release(1_700_000))], expect!["ReconciliationFailed: dry-run failed, nothing was applied: app/large.yaml:1:1: HelmRelease/default/r: too large: it would be stored as 1700950 bytes; split the object (etcd takes 1.5 MiB)"]).await;
    good.refuses(&[("large.yaml", release(3_500_000))], expect!["ReconciliationFailed: dry-run failed, nothing was applied: app/large.yaml:1:1: HelmRelease/default/r: too large: Request entity too large: limit is 3145728; split the object (etcd takes 1.5 MiB)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_immutable_field_needs_force() {
    let good = Good::start().await;
    let world = &good.world;
    let kept = config_map("kept", "good");
    let commit =
        |selector: &str| world.commit(&[("app/kept.yaml", &kept), ("app/web.yaml", &deployment(selector))], selector);
    let revision = commit("one");
    world.until_applied("app", &revision).await;
    let reference = object("apps/v1", "Deployment", "default", "web");
    let before = world.get(&reference).await.unwrap();
    let good = good.at(&revision);
    let world = &good.world;
    let revision = world.commit(&[("app/kept.yaml", &kept), ("app/web.yaml", &deployment("two"))], "two");
    good.refuses_revision(&revision, expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/web.yaml:5:3: Deployment/default/web: immutable field changed: Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"two"}}: field is immutable; recreate the object, or set `force: true`"#]]).await;
    assert_eq!(world.get(&reference).await.unwrap()["metadata"]["uid"], before["metadata"]["uid"]);

    world.patch(&kustomization_ref("app"), "flux", json!({"spec": {"force": true}})).await;
    world.until_applied("app", &revision).await;
    let after = world.get(&reference).await.unwrap();
    assert_ne!(after["metadata"]["uid"], before["metadata"]["uid"]);
    assert_eq!(after["spec"]["selector"]["matchLabels"]["app"], "two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_that_is_going_away() {
    let good = Good::start().await;
    let world = &good.world;
    let namespace = object("v1", "Namespace", "", "old");
    world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "old"}})).await;
    // Something in it that does not go away holds it.
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "held", "namespace": "old", "finalizers": ["example.com/hold"],
    }});
    world.apply(held).await;
    world.delete(&namespace).await;
    let late = config_map("late", "1").replace("namespace: default", "namespace: old");
    good.refuses(&[("kept.yaml", config_map("kept", "good")), ("late.yaml", late)], expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/late.yaml:1:1: ConfigMap/old/late: namespace "old" is being terminated; new content cannot be created in it until it is gone"#]]).await;
    let revision = format!("main@sha1:{}", world.repository.head().unwrap());
    world.patch(&object("v1", "ConfigMap", "old", "held"), "test", json!({"metadata": {"finalizers": null}})).await;
    world.until_gone(&namespace).await;
    // What may pass by itself is tried again without anybody asking.
    world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "old"}})).await;
    world.until_applied("app", &revision).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_is_defined_later_needs_no_one_to_ask() {
    let good = Good::start().await;
    let world = &good.world;
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\n".to_owned();
    let kept = config_map("kept", "good");
    good.refuses(&[("kept.yaml", kept), ("widget.yaml", widget)], expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/widget.yaml:1:1: Widget/default/w: no matches for kind "Widget" in version "example.com/v1": the API server does not serve it; apply its CustomResourceDefinition first, or add a dependsOn on the Kustomization that installs example.com"#]]).await;
    let revision = format!("main@sha1:{}", world.repository.head().unwrap());
    world
        .apply(json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com",
                "names": {"kind": "Widget", "plural": "widgets"},
                "scope": "Namespaced",
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}],
            },
        }))
        .await;
    world.until_applied("app", &revision).await;
}
