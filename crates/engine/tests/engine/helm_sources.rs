//! HelmRepositories and HelmCharts: what they yield, what they ask for, and when.

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;
use testkit::git::Wire;
use testkit::registry::{Artifact, Content};
use testkit::web::WebServer;

use crate::charts::{ChartServer, chart_files, helm_chart, helm_repository, packed, source_ref};
use crate::helm_world::{APPS, helm_release};
use crate::world::{FLUX, World, condition, ready, settled, status_without, told};

/// Waits until a source is ready with a revision.
async fn until_revision(world: &World, kind: &str, name: &str, revision: &str) -> Value {
    let is_there = |found: &Value| found["status"]["artifact"]["revision"] == *revision && ready(found) == "True";
    world.until_is(&source_ref(kind, name), revision, is_there).await
}

/// Waits until what a source says of its present generation is this.
async fn says(world: &World, kind: &str, name: &str, expected: Expect) -> Value {
    let is_current = |found: &Value| {
        let ready = condition(found, "Ready");
        ready["status"] == "True" && ready["observedGeneration"] == found["metadata"]["generation"]
    };
    let found = world.until_is(&source_ref(kind, name), "ready", is_current).await;
    expected.assert_eq(&settled(&told(&found, "Ready"), world.repository.path()));
    assert_eq!(told(&found, "ArtifactInStorage"), told(&found, "Ready"));
    assert_eq!(found["status"]["observedGeneration"], found["metadata"]["generation"]);
    found
}

/// Asks for a reconciliation, as `flux reconcile` does.
async fn request(world: &World, kind: &str, name: &str, token: &str) {
    let annotations = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
    world.patch(&source_ref(kind, name), "flux", annotations).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_follows_the_index_of_its_repository() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    // The chart waits for its repository, and is woken by it.
    world.apply(helm_chart("podinfo", "podinfo", json!({"version": "1.x"}))).await;
    let waits = world.until_is(&source_ref("HelmChart", "podinfo"), "waits", |found| ready(found) == "False").await;
    expect!["SourceUnavailable: failed to get source: HelmRepository 'charts' does not exist in namespace 'flux-system'; create it or correct sourceRef"]
        .assert_eq(&told(&waits, "Ready"));
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    let chart = until_revision(&world, "HelmChart", "podinfo", "1.0.0").await;
    assert_eq!(chart["status"]["artifact"]["digest"], testkit::registry::digest_of(&packed("podinfo", "1.0.0")));
    assert_eq!(chart["status"]["observedChartName"], "podinfo");
    says(&world, "HelmChart", "podinfo", expect!["ChartPullSucceeded: pulled 'podinfo' chart with version '1.0.0'"])
        .await;
    let repository = world.get(&source_ref("HelmRepository", "charts")).await.unwrap();
    let index = repository["status"]["artifact"]["revision"].clone();
    assert_eq!(chart["status"]["observedSourceArtifactRevision"], index);
    assert_eq!(
        told(&repository, "Ready"),
        format!("Succeeded: stored artifact: revision '{}'", index.as_str().unwrap())
    );
    let event = world.until_event("charts", "NewArtifact", |_| true).await;
    assert_eq!(event, format!("stored fetched index of 1 charts from '{}'", server.url()));
    world.until_event("podinfo", "ChartPullSucceeded", |event| event.contains("'1.0.0'")).await;
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml", "GET /charts/podinfo-1.0.0.tgz"]);

    // A newer version in the range, and one beyond it.
    server.publish("podinfo", "1.1.0", packed("podinfo", "1.1.0"));
    server.publish("podinfo", "2.0.0", packed("podinfo", "2.0.0"));
    request(&world, "HelmRepository", "charts", "1").await;
    let chart = until_revision(&world, "HelmChart", "podinfo", "1.1.0").await;
    assert_ne!(chart["status"]["observedSourceArtifactRevision"], index);
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml", "GET /charts/podinfo-1.1.0.tgz"]);

    // With the index at hand, an unchanged version asks for nothing and changes nothing.
    request(&world, "HelmChart", "podinfo", "2").await;
    let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == "2";
    let again = world.until_is(&source_ref("HelmChart", "podinfo"), "handled", handled).await;
    assert_eq!(status_without(&again, "lastHandledReconcileAt"), status_without(&chart, "lastHandledReconcileAt"));
    assert_eq!(server.take_asked(), Vec::<String>::new());

    // Another range is another generation.
    world.apply(helm_chart("podinfo", "podinfo", json!({"version": ">=2"}))).await;
    until_revision(&world, "HelmChart", "podinfo", "2.0.0").await;
    assert_eq!(server.take_asked(), ["GET /charts/podinfo-2.0.0.tgz"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_files_take_the_place_of_the_defaults() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    let chart = |spec| world.apply(helm_chart("podinfo", "podinfo", spec));
    chart(json!({"valuesFiles": ["values.yaml", "prod.yaml"]})).await;
    let merged = says(&world, "HelmChart", "podinfo", expect!["ChartPackageSucceeded: packaged 'podinfo' chart with version '1.0.0+1' and merged values files [values.yaml prod.yaml]"]).await;
    assert_eq!(merged["status"]["artifact"]["revision"], "1.0.0+1");
    assert_eq!(merged["status"]["observedValuesFiles"], Value::Null);
    chart(json!({"valuesFiles": ["values.yaml", "gone.yaml", "prod.yaml"], "ignoreMissingValuesFiles": true})).await;
    let ignoring = says(&world, "HelmChart", "podinfo", expect!["ChartPackageSucceeded: packaged 'podinfo' chart with version '1.0.0+2' and merged values files [values.yaml prod.yaml]"]).await;
    assert_eq!(ignoring["status"]["observedValuesFiles"], json!(["values.yaml", "prod.yaml"]));
    chart(json!({"valuesFiles": ["values.yaml"]})).await;
    let plain = says(
        &world,
        "HelmChart",
        "podinfo",
        expect!["ChartPullSucceeded: pulled 'podinfo' chart with version '1.0.0'"],
    )
    .await;
    assert_eq!(plain["status"]["observedValuesFiles"], Value::Null);
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml", "GET /charts/podinfo-1.0.0.tgz"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_of_a_git_repository() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("db", "2.3.0", packed("db", "2.3.0"));
    let file = |path: &str, content: &str| (format!("deploy/web/{path}"), content.to_owned());
    let mut files = chart_files("web", "1.0.0").iter().map(|(path, content)| file(path, content)).collect::<Vec<_>>();
    files.push(("env/prod.yaml".to_owned(), "size: 5\n".to_owned()));
    let commit = |files: &[(String, String)]| {
        let files: Vec<_> = files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
        world.commit(&files, "charts")
    };
    commit(&files);
    world.source(json!({})).await;
    let source = json!({"kind": "GitRepository", "name": "repo"});
    let chart = |name: &'static str, mut spec: Value| {
        spec["sourceRef"] = source.clone();
        world.apply(helm_chart(name, "./deploy/web", spec))
    };
    chart("web", json!({})).await;
    chart("each", json!({"reconcileStrategy": "Revision", "valuesFiles": ["env/prod.yaml"]})).await;
    says(&world, "HelmChart", "web", expect!["ChartPackageSucceeded: packaged 'web' chart with version '1.0.0'"]).await;
    let version = |revision: &str| {
        let commit = revision.rsplit_once(':').unwrap().1;
        format!("1.0.0+{}.1", &commit[..12])
    };

    // A commit that leaves the version alone is new only for the strategy that says so.
    files.push(file("templates/more.yaml", "# more\n"));
    let revision = commit(&files);
    until_revision(&world, "HelmChart", "each", &version(&revision)).await;
    let seen = |found: &Value| found["status"]["observedSourceArtifactRevision"] == *revision;
    let web = world.until_is(&source_ref("HelmChart", "web"), "seen", seen).await;
    assert_eq!(web["status"]["artifact"]["revision"], "1.0.0");

    // Dependencies that are not in the folder are fetched.
    let with_db = format!(
        "apiVersion: v2\nname: web\nversion: 1.1.0\ndependencies:\n- name: db\n  version: 2.x\n  repository: {}\n",
        server.url()
    );
    files[0] = file("Chart.yaml", &with_db);
    commit(&files);
    until_revision(&world, "HelmChart", "web", "1.1.0").await;
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml", "GET /charts/db-2.3.0.tgz"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_in_a_registry() {
    let world = World::start().await;
    let mut content = Content::default();
    content.push("1.0.0", &Artifact::chart(packed("podinfo", "1.0.0")));
    content.push("1.2.0", &Artifact::chart(packed("podinfo", "1.2.0")));
    let server = WebServer::start(Wire::Plain, move |asked| content.answer("http://none", asked)).await.unwrap();
    world.apply(helm_chart("podinfo", "podinfo", json!({"version": "1.x"}))).await;
    let repository = helm_repository("charts", &format!("oci://{}/org", server.host()), json!({"type": "oci"}));
    world.apply(repository).await;
    until_revision(&world, "HelmChart", "podinfo", "1.2.0").await;
    let repository = world.get(&source_ref("HelmRepository", "charts")).await.unwrap();
    assert_eq!(told(&repository, "Ready"), "Succeeded: Helm repository is ready");
    assert_eq!(repository["status"]["artifact"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_secret_is_tried_at_once() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    server.lock("ada", "secret");
    let secret = |password: &str| {
        world.apply(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": FLUX},
            "stringData": {"username": "ada", "password": password},
        }))
    };
    world.apply(helm_chart("podinfo", "podinfo", json!({}))).await;
    world.apply(helm_repository("charts", &server.url(), json!({"secretRef": {"name": "login"}}))).await;
    let repository = source_ref("HelmRepository", "charts");
    let failed = |reason: &'static str, part: &'static str| {
        let is_so =
            move |found: &Value| told(found, "Ready").contains(part) && told(found, "Ready").starts_with(reason);
        world.until_is(&repository, reason, is_so)
    };
    failed("AuthenticationFailed", "secret 'flux-system/login' not found").await;
    secret("guess").await;
    failed("AuthenticationFailed", "authentication failed").await;
    secret("secret").await;
    until_revision(&world, "HelmChart", "podinfo", "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_flux_left_can_go_and_what_is_suspended_rests() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    let mut repository = helm_repository("charts", &server.url(), json!({"suspend": true}));
    repository["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
    world.apply(repository).await;
    let mut chart = helm_chart("podinfo", "podinfo", json!({}));
    chart["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
    world.apply(chart).await;
    let waits = world.until_is(&source_ref("HelmChart", "podinfo"), "waits", |found| ready(found) == "False").await;
    expect!["NoSourceArtifact: no artifact available for HelmRepository source 'charts'"]
        .assert_eq(&told(&waits, "Ready"));
    assert_eq!(server.take_asked(), Vec::<String>::new());
    world.patch(&source_ref("HelmRepository", "charts"), "flux", json!({"spec": {"suspend": false}})).await;
    until_revision(&world, "HelmChart", "podinfo", "1.0.0").await;
    for (kind, name) in [("HelmChart", "podinfo"), ("HelmRepository", "charts")] {
        world.delete(&source_ref(kind, name)).await;
        world.until(&source_ref(kind, name), "gone", |found| found.is_none()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_changes_nothing() {
    let mut world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    world.apply(helm_chart("podinfo", "podinfo", json!({"valuesFiles": ["prod.yaml"]}))).await;
    let before = until_revision(&world, "HelmChart", "podinfo", "1.0.0+1").await;
    world.stop_engine().await;
    server.take_asked();
    let known = world.writes.all().len();
    world.start_engine(&[]);
    request(&world, "HelmChart", "podinfo", "1").await;
    let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == "1";
    let after = world.until_is(&source_ref("HelmChart", "podinfo"), "handled", handled).await;
    assert_eq!(status_without(&after, "lastHandledReconcileAt"), before["status"]);
    let chart = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/helmcharts/podinfo/status";
    assert_eq!(world.writes.all()[known..], [format!("PATCH {chart}")]);
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml"], "the archive is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_follows_the_index() {
    let world = World::start().await;
    world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APPS}})).await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    let source = json!({"kind": "HelmRepository", "name": "charts"});
    let chart = json!({"spec": {"chart": "podinfo", "version": "1.x", "sourceRef": source}});
    world.apply(helm_release("web", json!({"chart": chart}))).await;
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    world.until_released("web", "1.0.0").await;
    server.publish("podinfo", "1.1.0", packed("podinfo", "1.1.0"));
    request(&world, "HelmRepository", "charts", "1").await;
    world.until_released("web", "1.1.0").await;
    assert_eq!(world.revisions("web").await, ["1 superseded", "2 deployed"]);
}
