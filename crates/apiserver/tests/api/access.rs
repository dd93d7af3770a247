//! Impersonation and RBAC.

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::{CONFIG_MAPS, Client, config_map};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";

async fn as_deployer(client: &Client, method: &str, path: &str, body: &Value) -> crate::client::Answer {
    let headers =
        [("content-type", "application/json"), ("impersonate-user", "system:serviceaccount:default:deployer")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    client.send(method, path, &headers, body).await
}

#[tokio::test]
async fn an_impersonated_account_may_do_what_its_roles_say() {
    let client = Client::new().await;
    let refused = as_deployer(&client, "GET", CONFIG_MAPS, &Value::Null).await;
    expect![[r#"403 Forbidden configmaps is forbidden: User "system:serviceaccount:default:deployer" cannot list resource "configmaps" in API group "" in the namespace "default""#]]
        .assert_eq(&refused.failure());
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "default"}]});
    client.post(&format!("{RBAC}/roles"), &role).await.ok();
    client.post(&format!("{RBAC}/rolebindings"), &binding).await.ok();
    as_deployer(&client, "GET", CONFIG_MAPS, &Value::Null).await.ok();
    let refused = as_deployer(&client, "POST", CONFIG_MAPS, &config_map("a", json!({}))).await;
    assert_eq!(refused.code, 403);
    let elsewhere = as_deployer(&client, "GET", "/api/v1/configmaps", &Value::Null).await;
    expect![[r#"403 Forbidden configmaps is forbidden: User "system:serviceaccount:default:deployer" cannot list resource "configmaps" in API group "" at the cluster scope"#]]
        .assert_eq(&elsewhere.failure());
}

#[tokio::test]
async fn groups_come_with_a_user() {
    let client = Client::new().await;
    let answer = client.send("GET", CONFIG_MAPS, &[("impersonate-group", "x")], "").await;
    assert_eq!(answer.code, 400);
    let headers = [("impersonate-user", "ada@example.com"), ("impersonate-group", "system:masters")];
    client.send("GET", CONFIG_MAPS, &headers, "").await.ok();
}

#[tokio::test]
async fn who_acts_as_another_one_must_be_allowed_to() {
    let client = Client::new().await;
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "controller", "namespace": "default"}});
    client.post("/api/v1/namespaces/default/serviceaccounts", &account).await.ok();
    let token = client.post("/api/v1/namespaces/default/serviceaccounts/controller/token", &request).await.ok();
    let bearer = format!("Bearer {}", token["status"]["token"].as_str().unwrap());
    let acting = async |user: &str, group: Option<&str>| {
        let mut headers = vec![("authorization", bearer.as_str()), ("impersonate-user", user)];
        headers.extend(group.map(|group| ("impersonate-group", group)));
        client.send("GET", CONFIG_MAPS, &headers, "").await
    };
    let deployer = "system:serviceaccount:default:deployer";
    expect![[r#"403 Forbidden serviceaccounts "deployer" is forbidden: User "system:serviceaccount:default:controller" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "default""#]]
        .assert_eq(&acting(deployer, None).await.failure());

    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "acting"},
        "rules": [{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]}]});
    let binding = |name: &str, role: &str, account: &str| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "default"}]})
    };
    client.post(&format!("{rbac}/clusterroles"), &role).await.ok();
    client.post(&format!("{rbac}/clusterrolebindings"), &binding("acting", "acting", "controller")).await.ok();
    // It may act as the other one, who may do nothing yet.
    let refused = acting(deployer, None).await;
    assert!(refused.failure().contains(r#"User "system:serviceaccount:default:deployer" cannot list"#));
    client.post(&format!("{rbac}/clusterrolebindings"), &binding("admin", "cluster-admin", "deployer")).await.ok();
    acting(deployer, None).await.ok();
    expect![[r#"403 Forbidden groups "system:masters" is forbidden: User "system:serviceaccount:default:controller" cannot impersonate resource "groups" in API group "" at the cluster scope"#]]
        .assert_eq(&acting(deployer, Some("system:masters")).await.failure());
    expect![[r#"403 Forbidden users "ada@example.com" is forbidden: User "system:serviceaccount:default:controller" cannot impersonate resource "users" in API group "" at the cluster scope"#]]
        .assert_eq(&acting("ada@example.com", None).await.failure());
}
