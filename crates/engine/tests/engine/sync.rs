//! From a commit to the cluster: the first one, the next one, one that changes nothing, and what stops that.

use std::time::Duration;

use expect_test::expect;
use kinds::flux::{FINALIZER, REQUESTED_AT};
use manifest::Value;
use serde_json::json;

use crate::world::{
    FLUX, World, condition, config_map, config_map_ref, kustomization_ref, object, ready, repository_ref, settled,
    text, told,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_commit_is_applied_and_reported() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "Add web");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;

    let applied = world.until_applied("app", &revision).await;
    let status = &applied["status"];
    let folder = world.repository.path();
    expect!["ReconciliationSucceeded: Applied revision: main@sha1:<commit>"]
        .assert_eq(&settled(&told(&applied, "Ready"), folder));
    assert_eq!(condition(&applied, "Reconciling"), &json!(null));
    assert_eq!(status["lastAttemptedRevision"], *revision);
    assert_eq!(status["inventory"]["entries"], json!([{"id": "default_web__ConfigMap", "v": "v1"}]));
    assert_eq!(applied["metadata"]["finalizers"], json!([FINALIZER]));
    let history = &status["history"][0];
    assert_eq!(history["metadata"], json!({"revision": revision, "author": "Ada Example"}));
    assert_eq!(history["lastReconciledStatus"], "ReconciliationSucceeded");
    assert_eq!(history["totalReconciliations"], 1);
    assert!(text(&history["digest"]).starts_with("sha256:"), "{history}");

    let web = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(web["data"]["value"], "1");
    assert_eq!(
        web["metadata"]["labels"],
        json!({"kustomize.toolkit.fluxcd.io/name": "app", "kustomize.toolkit.fluxcd.io/namespace": FLUX})
    );
    world.until_event("app", "Progressing", |message| message == "ConfigMap/default/web created").await;
    let finished = world.until_event("app", "ReconciliationSucceeded", |_| true).await;
    expect!["Reconciliation finished in <time>, next run in <time>"].assert_eq(&settled(&finished, folder));

    let source = world.until_is(&repository_ref("repo"), "ready", |found| ready(found) == "True").await;
    expect!["Succeeded: stored artifact for revision 'main@sha1:<commit>'"]
        .assert_eq(&settled(&told(&source, "Ready"), folder));
    world.until_event("repo", "NewArtifact", |message| message == "stored artifact for commit 'Add web'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_sends_what_the_invariants_ask_for_and_no_more() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let files = ["a", "b"].map(|name| (format!("app/{name}.yaml"), config_map(name, "1")));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let revision = world.commit(&files, "first");
    world.kustomization("app", json!({"wait": true})).await;
    world.source(json!({})).await;
    // The Kustomization is seen before its source is fetched, and that is not worth a word.
    world.start_engine(&[]);
    world.until_applied("app", &revision).await;
    world.until_event("app", "ReconciliationSucceeded", |_| true).await;
    let writes = world.writes.all();
    let about_the_source = |request: &&String| request.contains("gitrepositories");
    let events = writes.iter().filter(|request| request.ends_with("/events")).count();
    assert_eq!(events, 3, "what was fetched, what was changed, and that it is done: {writes:#?}");
    let mut others: Vec<_> = writes.iter().filter(|request| !request.ends_with("/events")).collect();
    others.retain(|request| !about_the_source(request));
    // The finalizer; a dry run of each object; the ids before anything is created; each object; the result.
    let kustomization = "PATCH /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/app";
    let status = format!("{kustomization}/status");
    let object = "PATCH /api/v1/namespaces/default/configmaps";
    let kinds: Vec<&str> = others
        .iter()
        .map(|request| match request.as_str() {
            request if request == status => "status",
            request if request == kustomization => "finalizer",
            request if request.starts_with(object) => "object",
            other => other,
        })
        .collect();
    assert_eq!(kinds, ["finalizer", "object", "object", "status", "object", "object", "status"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_rolled_out_and_what_left_git_is_pruned() {
    let world = World::start().await;
    let kept = "  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}\n  namespace: default\n";
    let kept = config_map("kept", "1").replace("  namespace: default\n", kept);
    let first = world.commit(
        &[
            ("app/web.yaml", &config_map("web", "1")),
            ("app/old.yaml", &config_map("old", "1")),
            ("app/kept.yaml", &kept),
        ],
        "first",
    );
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;

    let second = world.replace("app", &[("web.yaml", config_map("web", "2")), ("new.yaml", config_map("new", "1"))]);
    let applied = world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "2");
    assert!(world.get(&config_map_ref("new")).await.is_some());
    assert!(world.get(&config_map_ref("old")).await.is_none());
    assert!(world.get(&config_map_ref("kept")).await.is_some(), "prune: disabled keeps it");
    assert_eq!(
        applied["status"]["inventory"]["entries"],
        json!([{"id": "default_new__ConfigMap", "v": "v1"}, {"id": "default_web__ConfigMap", "v": "v1"}])
    );
    let told = world.until_event("app", "Progressing", |message| message.contains("deleted")).await;
    expect![[r#"
        ConfigMap/default/new created
        ConfigMap/default/web configured
        ConfigMap/default/old deleted"#]]
    .assert_eq(&told);
    let revisions: Vec<_> = applied["status"]["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["metadata"]["revision"]).to_owned())
        .collect();
    assert_eq!(revisions, [second, first]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_prune_objects_that_left_git_stay() {
    let world = World::start().await;
    let first = world.commit(&[("app/a.yaml", &config_map("a", "1")), ("app/b.yaml", &config_map("b", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"prune": false})).await;
    world.until_applied("app", &first).await;
    let second = world.replace("app", &[("a.yaml", config_map("a", "2"))]);
    let applied = world.until_applied("app", &second).await;
    assert_eq!(applied["status"]["inventory"]["entries"], json!([{"id": "default_a__ConfigMap", "v": "v1"}]));
    assert!(world.get(&config_map_ref("b")).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_changes_writes_status_and_event_alone() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    let first = world.until_event("app", "ReconciliationSucceeded", |_| true).await;
    world.until_event("repo", "NewArtifact", |_| true).await;

    let before = world.writes.all().len();
    let request = json!({"metadata": {"annotations": {REQUESTED_AT: "2026-01-01T00:00:00Z"}}});
    world.patch(&kustomization_ref("app"), "flux", request.clone()).await;
    let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == "2026-01-01T00:00:00Z";
    let app = world.until_is(&kustomization_ref("app"), "handled", handled).await;
    assert_eq!(app["status"]["history"][0]["totalReconciliations"], 2);
    world.until_event("app", "ReconciliationSucceeded", |message| message != first).await;
    expect![[r#"
        PATCH /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/app/status
        POST /api/v1/namespaces/flux-system/events"#]]
    .assert_eq(&world.writes.all()[before..].join("\n"));

    let before = world.writes.all().len();
    world.patch(&repository_ref("repo"), "flux", request).await;
    world.until_is(&repository_ref("repo"), "handled", handled).await;
    expect!["PATCH /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/repo/status"]
        .assert_eq(&world.writes.all()[before..].join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_revision_with_the_same_manifests_touches_no_object() {
    let world = World::start().await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    let before = world.get(&config_map_ref("web")).await.unwrap();
    let second = world.commit(&[("readme.md", "hello")], "second");
    world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchanged_resync_writes_nothing() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({"interval": "1s"})).await;
    world.kustomization("app", json!({"interval": "1s"})).await;
    world.until_applied("app", &revision).await;
    world.until_event("app", "ReconciliationSucceeded", |_| true).await;
    world.until_event("repo", "NewArtifact", |_| true).await;
    // The interval passes a few times in this time; had any round something to write, it would show.
    let next = tokio::time::timeout(Duration::from_millis(3500), world.writes.next()).await;
    assert!(next.is_err(), "{:?}", world.writes.all().last());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_kustomization_rests_until_it_is_resumed() {
    let world = World::start().await;
    let first =
        world.commit(&[("app/web.yaml", &config_map("web", "1")), ("other/a.yaml", &config_map("a", "1"))], "1");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.kustomization("other", json!({})).await;
    world.until_applied("app", &first).await;
    world.patch(&kustomization_ref("app"), "flux", json!({"spec": {"suspend": true}})).await;

    let second =
        world.commit(&[("app/web.yaml", &config_map("web", "2")), ("other/a.yaml", &config_map("a", "2"))], "2");
    world.until_applied("other", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1");

    world.patch(&kustomization_ref("app"), "flux", json!({"spec": {"suspend": false}})).await;
    world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_finds_everything_as_it_was_and_catches_up() {
    let mut world = World::start().await;
    let first =
        world.commit(&[("app/web.yaml", &config_map("web", "1")), ("app/old.yaml", &config_map("old", "1"))], "1");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    world.stop_engine().await;
    let second = world.replace("app", &[("web.yaml", config_map("web", "1"))]);
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "by hand"}})).await;
    world.start_engine(&[]);
    world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1");
    assert!(world.get(&config_map_ref("old")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_stops_tells_first_what_it_did() {
    let mut world = World::start().await;
    world.stop_engine().await;
    world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.start_engine_told_late_of("/events");
    world.writes.until(|requests| requests.iter().any(|request| request.ends_with("/events"))).await;
    world.stop_engine().await;
    assert_eq!(world.events("repo").await, ["NewArtifact"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_kustomization_delays_no_other() {
    let world = World::start().await;
    let broken: Vec<(String, String)> =
        (0..8).map(|index| (format!("bad{index}/x.yaml"), "kind: ConfigMap\n bad".to_owned())).collect();
    let mut files: Vec<(&str, &str)> = broken.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let web = config_map("web", "1");
    files.push(("good/web.yaml", &web));
    let revision = world.commit(&files, "first");
    world.source(json!({})).await;
    for index in 0..8 {
        world.kustomization(&format!("bad{index}"), json!({"interval": "1s"})).await;
    }
    world.kustomization("good", json!({})).await;
    world.until_applied("good", &revision).await;
    let next = world.commit(&[("good/web.yaml", &config_map("web", "2"))], "second");
    world.until_applied("good", &next).await;
    for index in 0..8 {
        world.until_failed(&format!("bad{index}"), &next).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crds_and_namespaces_come_before_what_needs_them() {
    let world = World::start().await;
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                }}},
            }],
        },
    })
    .to_string();
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a, namespace: shop}\nspec: {size: 3}\n";
    let revision = world.commit(
        &[
            ("app/a-widget.yaml", widget),
            ("app/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
            ("app/z-definition.yaml", &definition),
        ],
        "first",
    );
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    let live = world.get(&object("example.com/v1", "Widget", "shop", "a")).await.unwrap();
    assert_eq!(live["spec"], json!({"size": 3}));

    // Without the type nothing is followed, and with it everything again.
    let crd = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.example.com");
    let without = world.replace("app", &[("settings.yaml", config_map("settings", "1"))]);
    world.until_applied("app", &without).await;
    world.until_gone(&crd).await;
    let with = world.replace(
        "app",
        &[("a-widget.yaml", widget.replace("shop", "default").as_str()), ("z-definition.yaml", definition.as_str())],
    );
    world.until_applied("app", &with).await;
    let widget = object("example.com/v1", "Widget", "default", "a");
    world.patch(&widget, "kubectl-edit", json!({"spec": {"size": 4}})).await;
    world.until_is(&widget, "put back", |found| found["spec"]["size"] == 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_engine_has_not_heard_of_yet_is_not_missing() {
    let mut world = World::start().await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    world.stop_engine().await;
    let second = world.commit(&[("app/web.yaml", &config_map("web", "2"))], "second");
    world.start_engine_told_late_of("/gitrepositories");
    world.until_applied("app", &second).await;
    world.until_event("app", "Progressing", |message| message.contains("configured")).await;
    let reasons = world.events("app").await;
    assert!(!reasons.contains(&"ArtifactFailed".to_owned()), "{reasons:?}");
}
