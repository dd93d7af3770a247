//! `tenter install`, `check` and `uninstall`, and the controller with no more rights than it is given.

use cluster::ObjectRef;
use manifest::Value;
use serde_json::json;
use testkit::git::Repository;

use crate::replicas::stand::{FLUX, Identity, Stand, object};

const SYSTEM: &str = "tenter-system";

const ITEM: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: item, namespace: default}\ndata: {value: a}\n";

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
    metadata: {name: web, namespace: flux-system}\n\
    spec: {interval: 10m, chart: {spec: {chart: chart, sourceRef: {kind: GitRepository, name: app}}}}\n";

const TEMPLATE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: released}\n";

fn repository() -> (Repository, String) {
    let repository = Repository::create().unwrap();
    let files = [
        ("app/item.yaml", ITEM),
        ("app/release.yaml", RELEASE),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("chart/templates/released.yaml", TEMPLATE),
    ];
    let first = repository.commit(files, "first").unwrap();
    (repository, first)
}

/// The arguments that the Deployment gives the controller, but for what a test has no use for.
async fn arguments(stand: &Stand) -> Vec<String> {
    let deployment = stand.cluster.get(&object("apps/v1", "Deployment", SYSTEM, "tenter")).await.unwrap().unwrap();
    let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap().clone();
    let arguments = arguments.iter().skip(1).map(|argument| argument.as_str().unwrap().to_owned());
    let mut kept: Vec<String> = arguments
        .filter(|argument| !argument.starts_with("--health-addr") && !argument.starts_with("--storage-path"))
        .collect();
    kept.push(format!("--leader-election-namespace={SYSTEM}"));
    kept
}

fn ready_message(object: &Value) -> String {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready");
    ready.map(|ready| format!("{}: {}", ready["status"], ready["message"])).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_installed_works_with_no_more_rights_than_it_is_given() {
    let stand = Stand::bare().await;
    stand.tenter(&["check", "--pre"]).await.ok();
    let exported = stand.tenter(&["install", "--export"]).await.ok();
    assert_eq!(stand.tenter(&["install", "--export"]).await.ok(), exported);

    let summary = stand.tenter(&["install", "-o", "json"]).await.ok();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let outcomes = summary["objects"].as_array().unwrap();
    assert!(outcomes.iter().any(|object| object["outcome"] == "created"), "{summary:#}");
    let again: Value = serde_json::from_str(&stand.tenter(&["install", "-o", "json"]).await.ok()).unwrap();
    let changed: Vec<&Value> =
        again["objects"].as_array().unwrap().iter().filter(|object| object["outcome"] != "unchanged").collect();
    assert!(changed.is_empty(), "{changed:#?}");

    // The pods of this cluster are stand-ins that run nothing.
    let idle = stand.tenter(&["check", "--short"]).await.ended_with(1);
    assert!(idle.contains("× a replica holds the lease") && idle.matches('×').count() == 2, "{idle}");

    let arguments = arguments(&stand).await;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let controller = stand.replica_as(Identity::Account(SYSTEM, "tenter"), "tenter", &arguments).await;
    let (repository, first) = repository();
    stand.follow(&repository.url()).await;
    stand.until_applied(&first).await;
    let release = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", FLUX, "web");
    stand.until(&release, "released", |found| ready_message(found).starts_with("\"True\"")).await;
    stand.tenter(&["check"]).await.ok();
    assert_eq!(stand.tenter(&["events"]).await.ok().matches("Warning").count(), 0);

    // A tenant without an account of that name gets nothing, and says so.
    stand.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})).await;
    let metadata = json!({"name": "app", "namespace": "team"});
    stand
        .apply(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata,
            "spec": {"interval": "10m", "url": repository.url(), "ref": {"branch": "main"}},
        }))
        .await;
    let tenant = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "team", "app");
    let spec = |source: Value| {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
            "spec": {"interval": "10m", "path": "app", "prune": true, "sourceRef": source},
        })
    };
    stand.apply(spec(json!({"kind": "GitRepository", "name": "app"}))).await;
    let refused = "system:serviceaccount:team:tenter-reconciler";
    stand.until(&tenant, "refused", |found| ready_message(found).contains(refused)).await;
    stand.apply(spec(json!({"kind": "GitRepository", "name": "app", "namespace": FLUX}))).await;
    stand.until(&tenant, "kept in its namespace", |found| ready_message(found).contains("cross-namespace")).await;

    let listed = stand.tenter(&["uninstall"]).await.ok();
    assert!(listed.contains("Deployment/tenter-system/tenter") && !listed.contains("Custom"), "{listed}");
    drop(controller);
    stand.tenter(&["uninstall", "--yes", "--crds"]).await.ok();
    let kept = stand.cluster.get(&object("v1", "ConfigMap", "default", "item")).await.unwrap();
    assert!(kept.is_some(), "what was applied stays");
    assert!(stand.tenter(&["get", "all", "-A"]).await.ok().contains("nothing found"));
    let left = stand.tenter(&["uninstall"]).await.ok();
    assert!(!left.contains("Cluster") && !left.contains("Deployment"), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flux_is_adopted_and_never_fought() {
    let stand = Stand::bare().await;
    // Flux's definitions, which may be newer than ours.
    let mut definition = kinds::crd::all()
        .into_iter()
        .find(|definition| definition["metadata"]["name"] == "kustomizations.kustomize.toolkit.fluxcd.io")
        .unwrap();
    definition["metadata"]["labels"] = json!({"app.kubernetes.io/part-of": "flux"});
    let before = stand.define(definition).await;
    let place = ObjectRef::of(&before).unwrap();
    stand.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": FLUX}})).await;
    let controller = |replicas: u64| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "kustomize-controller", "namespace": FLUX, "labels": {"app.kubernetes.io/part-of": "flux"},
            },
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": {"app": "x"}},
                "template": {
                    "metadata": {"labels": {"app": "x"}},
                    "spec": {"containers": [{"name": "manager", "image": "registry.example.com/kustomize-controller"}]},
                },
            },
        })
    };
    stand.apply(controller(1)).await;
    let refused = stand.tenter(&["install"]).await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("Deployment flux-system/kustomize-controller"), "{}", refused.stderr);
    let told = stand.tenter(&["check", "--pre", "--short"]).await.ended_with(1);
    assert!(told.contains("docs/install.md#conflicting-flux"), "{told}");

    stand.apply(controller(0)).await;
    let installed = stand.tenter(&["install"]).await;
    assert!(installed.stderr.contains("left as it is"), "{}", installed.stderr);
    installed.ok();
    let after = stand.cluster.get(&place).await.unwrap().unwrap();
    assert_eq!(before["metadata"]["resourceVersion"], after["metadata"]["resourceVersion"]);
    stand.tenter(&["uninstall", "--yes", "--crds"]).await.ok();
    assert!(stand.cluster.get(&place).await.unwrap().is_some(), "what somebody else installed stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_installs_the_controller_and_keeps_it() {
    let stand = Stand::bare().await;
    // The pods of this cluster are stand-ins; somebody else has to be the controller, and needs its account first.
    stand.tenter(&["install"]).await.ok();
    let arguments = arguments(&stand).await;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let _controller = stand.replica_as(Identity::Account(SYSTEM, "tenter"), "tenter", &arguments).await;

    let bare = Repository::create_bare().unwrap();
    let url = bare.url();
    let bootstrap = async |image: &str| {
        let author = ["--author-name", "Ada Example", "--author-email", "ada@example.com"];
        let arguments = ["bootstrap", "git", "--url", &url, "--path", "clusters/prod", "--image", image, "-o", "json"];
        let outcome = stand.tenter(&[&arguments[..], &author[..]].concat()).await;
        let told = outcome.stderr.clone();
        let summary: Value = serde_json::from_str(&outcome.ok()).unwrap();
        (summary["commit"].as_str().unwrap().to_owned(), told)
    };
    let (first, _) = bootstrap("registry.example.com/tenter:1").await;
    let (again, told) = bootstrap("registry.example.com/tenter:1").await;
    assert_eq!(first, again);
    assert!(told.contains("the repository already holds it"), "{told}");
    assert_eq!(bare.git(["rev-list", "--count", "main"]).unwrap().trim(), "1");
    let (second, _) = bootstrap("registry.example.com/tenter:2").await;
    assert_ne!(first, second);

    // From here on a commit is enough.
    let clone = Repository::create().unwrap();
    clone.git(["pull", "--quiet", &url, "main"]).unwrap();
    let path = "clusters/prod/flux-system/tenter-components.yaml";
    let text = std::fs::read_to_string(clone.path().join(path)).unwrap();
    clone.commit([(path, text.replace("tenter:2", "tenter:3"))], "Upgrade").unwrap();
    clone.push_to(&bare).unwrap();
    let deployment = object("apps/v1", "Deployment", SYSTEM, "tenter");
    stand
        .until(&deployment, "upgraded by Git", |found| {
            found["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example.com/tenter:3"
                && found["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] == "flux-system"
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_declares_flux_is_left_alone() {
    let stand = Stand::bare().await;
    let (repository, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
    let head = repository.commit([("prod/flux-system/gotk-components.yaml", "kind: Namespace\n")], "Flux").unwrap();
    repository.push_to(&bare).unwrap();
    let refused = stand.tenter(&["bootstrap", "git", "--url", &bare.url(), "--path", "prod"]).await;
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.stderr.contains("gotk-components.yaml declares Flux's own controllers"), "{}", refused.stderr);
    assert_eq!(bare.git(["rev-parse", "main"]).unwrap().trim(), head);
}
