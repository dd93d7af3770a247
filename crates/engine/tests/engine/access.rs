//! Service accounts: a Kustomization applies with the rights it is given.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{FLUX, World, config_map, config_map_ref, kustomization_ref, object, settled, told};

fn role(verbs: &[&str]) -> [Value; 2] {
    [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "team", "namespace": "default"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "team", "namespace": "default"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
            "subjects": [{"kind": "ServiceAccount", "name": "team", "namespace": FLUX}],
        }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_needs_the_rights_for_what_it_applies() {
    let world = World::start().await;
    world
        .apply(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "team", "namespace": FLUX}}))
        .await;
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: sneaky}\n";
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"serviceAccountName": "team"})).await;
    let refused = world.until_failed("app", &first).await;
    expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/web.yaml:1:1: ConfigMap/default/web: configmaps "web" is forbidden: User "system:serviceaccount:flux-system:team" cannot patch resource "configmaps" in API group "" in the namespace "default"; add {apiGroups: [""], resources: [configmaps], verbs: [create, patch]} to a Role in default that is bound to ServiceAccount flux-system/team"#]].assert_eq(&settled(&told(&refused, "Ready"), world.repository.path()));
    assert!(world.get(&config_map_ref("web")).await.is_none());

    for object in role(&["get", "list", "watch", "create", "update", "patch", "delete"]) {
        world.apply(object).await;
    }
    let request = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    world.patch(&kustomization_ref("app"), "flux", request).await;
    world.until_applied("app", &first).await;

    let second =
        world.commit(&[("app/web.yaml", &config_map("web", "2")), ("app/namespace.yaml", namespace)], "second");
    let refused = world.until_failed("app", &second).await;
    expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/namespace.yaml:1:1: Namespace/sneaky: namespaces "sneaky" is forbidden: User "system:serviceaccount:flux-system:team" cannot patch resource "namespaces" in API group "" at the cluster scope; add {apiGroups: [""], resources: [namespaces], verbs: [create, patch]} to a ClusterRole that is bound to ServiceAccount flux-system/team"#]].assert_eq(&settled(&told(&refused, "Ready"), world.repository.path()));
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1", "nothing is half applied");

    world.delete(&kustomization_ref("app")).await;
    world.until_gone(&kustomization_ref("app")).await;
    world.until_gone(&config_map_ref("web")).await;
}

fn account(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": FLUX}})
}

const EVERY_VERB: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_names_no_account_acts_as_the_default_one_of_its_namespace() {
    let mut world = World::start().await;
    world.restart_engine(|options| options.default_service_account = Some("team".to_owned())).await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    let refused = world.until_failed("app", &first).await;
    let message = told(&refused, "Ready");
    assert!(message.contains(r#"User "system:serviceaccount:flux-system:team" cannot"#), "{message}");

    // Another one that is named counts for more.
    for object in [
        account("other"),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "other"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "other", "namespace": FLUX}],
        }),
    ] {
        world.apply(object).await;
    }
    world.kustomization("app", json!({"serviceAccountName": "other"})).await;
    world.until_applied("app", &first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_account_that_would_delete_them_objects_stay_behind() {
    let world = World::start().await;
    world.apply(account("team")).await;
    for object in role(&EVERY_VERB) {
        world.apply(object).await;
    }
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({"serviceAccountName": "team"})).await;
    world.until_applied("app", &first).await;
    world.delete(&object("v1", "ServiceAccount", FLUX, "team")).await;
    world.delete(&kustomization_ref("app")).await;
    world.until_gone(&kustomization_ref("app")).await;
    assert!(world.get(&config_map_ref("web")).await.is_some());
    let warning = world.until_event("app", "PruneFailed", |_| true).await;
    expect![[r#"
        the service account that would delete them is gone, so these objects stay behind:
        ConfigMap/default/web"#]]
    .assert_eq(&warning);
}
