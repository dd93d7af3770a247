//! Service accounts: a Kustomization applies with the rights it is given.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::{FLUX, World, config_map, config_map_ref, kustomization_ref, settled, told};

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
