//! `spec.kubeConfig`: objects are applied to another cluster, over its own connection.

use std::net::SocketAddr;
use std::time::Duration;

use apiserver::{ApiServer, Config, Endpoint};
use cluster::{ApplyMode, Cluster, Event, ObjectRef, Scope, Selector};
use expect_test::expect;
use serde_json::{Value, json};

use crate::helm_world::{APPS, config_ref, release_ref};
use crate::world::{FLUX, World, config_map, config_map_ref, kustomization_ref, object, settled, told};

/// Nothing takes this long on any machine that can run the tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another cluster, and the Secret that leads to it.
struct Far {
    cluster: Cluster,
    endpoint: Endpoint,
}

impl Far {
    async fn start(world: &World) -> Far {
        let server = ApiServer::open(Config::default()).await.unwrap();
        let endpoint = server.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let far = Far { cluster: Cluster::new(kube::Client::new(server.service(), "default")), endpoint };
        for name in [FLUX, APPS] {
            far.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await;
        }
        secret(world, json!({"value": far.endpoint.kubeconfig()})).await;
        far
    }

    async fn apply(&self, object: Value) {
        self.cluster.apply(&object, None, &ApplyMode::forced("test")).await.unwrap();
    }

    /// Waits until an object has this in its data.
    async fn until_value(&self, object: &ObjectRef, value: &str) {
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let mut events = self.cluster.watch(&object.gvk, Scope::Namespace(object.namespace.clone()), selector);
        let seen = async {
            loop {
                let found = match events.next().await {
                    Event::Applied(found) => Some(found),
                    Event::Restarted(found) => found.into_iter().next(),
                    Event::Deleted(_) => None,
                };
                if found.is_some_and(|found| found["data"]["value"] == value) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.expect("it comes to be so");
    }

    async fn get(&self, object: &ObjectRef) -> Option<Value> {
        self.cluster.get(object).await.unwrap()
    }
}

async fn secret(world: &World, data: Value) {
    world
        .apply(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "far", "namespace": FLUX}, "stringData": data,
        }))
        .await;
}

fn far_away() -> Value {
    json!({"kubeConfig": {"secretRef": {"name": "far"}}})
}

fn web() -> ObjectRef {
    config_map_ref("web")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_applies_watches_and_prunes_there() {
    let world = World::start().await;
    let far = Far::start(&world).await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", far_away()).await;
    world.until_applied("app", &first).await;
    assert_eq!(far.get(&web()).await.unwrap()["data"]["value"], "1");
    assert!(world.get(&web()).await.is_none(), "nothing is applied at home");

    far.cluster.merge_patch(&web(), "somebody", &json!({"data": {"value": "drifted"}})).await.unwrap();
    far.until_value(&web(), "1").await;

    let second = world.replace("app", &[("other.yaml", config_map("other", "2"))]);
    world.until_applied("app", &second).await;
    assert!(far.get(&web()).await.is_none(), "pruned");
    world.delete(&kustomization_ref("app")).await;
    world.until_gone(&kustomization_ref("app")).await;
    assert!(far.get(&config_map_ref("other")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_installed_and_stored_there() {
    let world = World::with_chart("1.0.0", &[]).await;
    let far = Far::start(&world).await;
    world.release("web", far_away()).await;
    world.until_released("web", "1.0.0").await;
    assert!(far.get(&config_ref("web")).await.is_some() && world.get(&config_ref("web")).await.is_none());
    let stored = object("v1", "Secret", FLUX, "sh.helm.release.v1.web.v1");
    assert!(far.get(&stored).await.is_some());
    assert!(world.get(&stored).await.is_none());
    world.delete(&release_ref("web")).await;
    world.until_gone(&release_ref("web")).await;
    assert!(far.get(&stored).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_the_one_of_that_name_there() {
    let world = World::start().await;
    let far = Far::start(&world).await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    let mut spec = far_away();
    spec["serviceAccountName"] = json!("team");
    world.kustomization("app", spec).await;
    let refused = told(&world.until_failed("app", &first).await, "Ready");
    assert!(refused.contains(r#"User "system:serviceaccount:flux-system:team" cannot"#), "{refused}");
    far.apply(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "team"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "team", "namespace": FLUX}],
    }))
    .await;
    let request = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    world.patch(&kustomization_ref("app"), "flux", request).await;
    world.until_applied("app", &first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_used_is_told_and_tried_again() {
    let world = World::start().await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", far_away()).await;
    let says = async |part: &str| {
        let found = world.until_is(&kustomization_ref("app"), part, |found| told(found, "Ready").contains(part)).await;
        settled(&told(&found, "Ready"), world.repository.path())
    };
    expect!["ReconciliationFailed: spec.kubeConfig: secret 'flux-system/far' not found; create it or correct spec.kubeConfig.secretRef"].assert_eq(&says("not found").await);
    secret(&world, json!({"kubeconfig": "{}"})).await;
    expect!["ReconciliationFailed: spec.kubeConfig: secret 'flux-system/far' holds no kubeconfig at value or value.yaml; correct spec.kubeConfig.secretRef.key"].assert_eq(&says("value.yaml").await);
    let exec = json!({
        "current-context": "far",
        "contexts": [{"name": "far", "context": {"cluster": "far", "user": "ada"}}],
        "clusters": [{"name": "far", "cluster": {"server": "https://far.example.com"}}],
        "users": [{"name": "ada", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh"}}}],
    });
    secret(&world, json!({"value": exec.to_string()})).await;
    expect!["ReconciliationFailed: spec.kubeConfig: the kubeconfig in secret 'flux-system/far': user ada gets credentials from a program (exec), which is never run; give it a token or a certificate"].assert_eq(&says("exec").await);
    world.kustomization("app", json!({"kubeConfig": {"configMapRef": {"name": "far"}}})).await;
    expect!["ReconciliationFailed: spec.kubeConfig.configMapRef is not supported: it logs in at a cloud provider; use spec.kubeConfig.secretRef"].assert_eq(&says("configMapRef").await);
    let _far = Far::start(&world).await;
    world.kustomization("app", far_away()).await;
    world.until_applied("app", &first).await;
}
