//! Who may do what.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

struct Cluster {
    roles: Vec<Value>,
    cluster_roles: Vec<Value>,
    role_bindings: Vec<Value>,
    cluster_role_bindings: Vec<Value>,
}

fn cluster() -> Cluster {
    let rule = |groups: &[&str], resources: &[&str], verbs: &[&str]| json!({"apiGroups": groups, "resources": resources, "verbs": verbs});
    Cluster {
        roles: vec![json!({
            "metadata": {"name": "deployer", "namespace": "prod"},
            "rules": [
                rule(&["apps"], &["deployments"], &["get", "patch"]),
                rule(&["apps"], &["*/status"], &["update"]),
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]},
            ],
        })],
        cluster_roles: vec![
            json!({"metadata": {"name": "viewer"}, "rules": [rule(&["", "apps"], &["*"], &["get", "list"])]}),
            json!({"metadata": {"name": "health"}, "rules": [{"nonResourceURLs": ["/healthz", "/metrics/*"], "verbs": ["get"]}]}),
            json!({
                "metadata": {"name": "all"},
                "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to-all": "yes"}}]},
            }),
            json!({"metadata": {"name": "part", "labels": {"to-all": "yes"}}, "rules": [rule(&["batch"], &["jobs"], &["*"])]}),
        ],
        role_bindings: vec![
            json!({
                "metadata": {"name": "deployers", "namespace": "prod"},
                "roleRef": {"kind": "Role", "name": "deployer"},
                "subjects": [{"kind": "ServiceAccount", "name": "flux"}],
            }),
            json!({
                "metadata": {"name": "viewers", "namespace": "dev"},
                "roleRef": {"kind": "ClusterRole", "name": "viewer"},
                "subjects": [{"kind": "User", "name": "ada"}],
            }),
        ],
        cluster_role_bindings: vec![
            json!({
                "metadata": {"name": "health"},
                "roleRef": {"kind": "ClusterRole", "name": "health"},
                "subjects": [{"kind": "Group", "name": "system:authenticated"}],
            }),
            json!({
                "metadata": {"name": "all"},
                "roleRef": {"kind": "ClusterRole", "name": "all"},
                "subjects": [{"kind": "User", "name": "ada"}],
            }),
        ],
    }
}

fn ask(user: &User, attempt: &Attempt) -> String {
    let cluster = cluster();
    let rbac = Rbac {
        roles: &cluster.roles,
        cluster_roles: &cluster.cluster_roles,
        role_bindings: &cluster.role_bindings,
        cluster_role_bindings: &cluster.cluster_role_bindings,
    };
    match rbac.authorize(user, attempt) {
        Decision::Allowed { reason } => format!("yes {reason}"),
        Decision::Denied => "no".to_owned(),
    }
}

fn ada() -> User {
    User { name: "ada".to_owned(), groups: vec!["system:authenticated".to_owned()], ..User::default() }
}

/// `verb group/resource[/subresource] namespace name`, or `verb /path`.
#[track_caller]
fn check(user: &User, attempts: &[&str], expected: Expect) {
    let answer = |text: &&str| {
        let words: Vec<&str> = text.split(' ').collect();
        let attempt = if words[1].starts_with('/') {
            Attempt::Path { verb: words[0].to_owned(), path: words[1].to_owned() }
        } else {
            let parts: Vec<&str> = words[1].split('/').collect();
            Attempt::Resource {
                verb: words[0].to_owned(),
                group: if parts[0] == "core" { String::new() } else { parts[0].to_owned() },
                resource: parts[1].to_owned(),
                subresource: parts.get(2).copied().unwrap_or_default().to_owned(),
                namespace: words.get(2).copied().unwrap_or_default().to_owned(),
                name: words.get(3).copied().unwrap_or_default().to_owned(),
            }
        };
        format!("{text}: {}", ask(user, &attempt))
    };
    expected.assert_eq(&attempts.iter().map(answer).collect::<Vec<_>>().join("\n"));
}

#[test]
fn bindings_allow_and_limit() {
    check(
        &User::service_account("prod", "flux"),
        &[
            "patch apps/deployments prod web",
            "patch apps/deployments dev web",
            "patch apps/deployments/status prod web",
            "update apps/deployments/status prod web",
            "get core/secrets prod one",
            "get core/secrets prod two",
            "list core/secrets prod",
            "get /healthz",
        ],
        expect![[r#"
            patch apps/deployments prod web: yes RBAC: allowed by RoleBinding "deployers/prod" of Role "deployer" to ServiceAccount "flux/prod"
            patch apps/deployments dev web: no
            patch apps/deployments/status prod web: no
            update apps/deployments/status prod web: yes RBAC: allowed by RoleBinding "deployers/prod" of Role "deployer" to ServiceAccount "flux/prod"
            get core/secrets prod one: yes RBAC: allowed by RoleBinding "deployers/prod" of Role "deployer" to ServiceAccount "flux/prod"
            get core/secrets prod two: no
            list core/secrets prod: no
            get /healthz: yes RBAC: allowed by ClusterRoleBinding "health" of ClusterRole "health" to Group "system:authenticated""#]],
    );
    check(
        &ada(),
        &[
            "get core/pods dev x",
            "get core/pods/log dev x",
            "delete core/pods dev x",
            "get core/pods",
            "create batch/jobs prod",
            "get /metrics/a",
            "post /healthz",
            "get /",
        ],
        expect![[r#"
            get core/pods dev x: yes RBAC: allowed by RoleBinding "viewers/dev" of ClusterRole "viewer" to User "ada"
            get core/pods/log dev x: yes RBAC: allowed by RoleBinding "viewers/dev" of ClusterRole "viewer" to User "ada"
            delete core/pods dev x: no
            get core/pods: no
            create batch/jobs prod: yes RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "all" to User "ada"
            get /metrics/a: yes RBAC: allowed by ClusterRoleBinding "health" of ClusterRole "health" to Group "system:authenticated"
            post /healthz: no
            get /: no"#]],
    );
    let admin = User { groups: vec!["system:masters".to_owned()], ..User::default() };
    check(
        &admin,
        &["delete core/nodes", "post /any"],
        expect![[r#"
        delete core/nodes: yes 
        post /any: yes "#]],
    );
}

#[track_caller]
fn check_review(review: Value, expected: Expect) {
    let cluster = cluster();
    let rbac = Rbac {
        roles: &cluster.roles,
        cluster_roles: &cluster.cluster_roles,
        role_bindings: &cluster.role_bindings,
        cluster_role_bindings: &cluster.cluster_role_bindings,
    };
    let known = |token: &str| (token == "secret").then(|| User::service_account("prod", "flux"));
    expected.assert_eq(&answer(review, &ada(), &rbac, known)["status"].to_string());
}

#[test]
fn reviews_are_answered() {
    check_review(
        json!({"kind": "SelfSubjectReview"}),
        expect![[r#"{"userInfo":{"groups":["system:authenticated"],"username":"ada"}}"#]],
    );
    check_review(
        json!({"kind": "TokenReview", "spec": {"token": "secret"}}),
        expect![[
            r#"{"authenticated":true,"user":{"groups":["system:serviceaccounts","system:serviceaccounts:prod","system:authenticated"],"username":"system:serviceaccount:prod:flux"}}"#
        ]],
    );
    check_review(
        json!({"kind": "TokenReview", "spec": {"token": "guess"}}),
        expect![[r#"{"authenticated":false,"error":"the token is not known to this server"}"#]],
    );
    let attributes = json!({"verb": "get", "resource": "pods", "namespace": "dev"});
    check_review(
        json!({"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}),
        expect![[
            r#"{"allowed":true,"reason":"RBAC: allowed by RoleBinding \"viewers/dev\" of ClusterRole \"viewer\" to User \"ada\""}"#
        ]],
    );
    check_review(
        json!({"kind": "SubjectAccessReview", "spec": {"user": "bob", "resourceAttributes": attributes}}),
        expect![[r#"{"allowed":false}"#]],
    );
    check_review(
        json!({"kind": "SubjectAccessReview", "spec": {"user": "bob", "groups": ["system:masters"], "nonResourceAttributes": {"verb": "get", "path": "/"}}}),
        expect![[r#"{"allowed":true}"#]],
    );
    check_review(
        json!({"kind": "SelfSubjectRulesReview", "spec": {"namespace": "dev"}}),
        expect![[
            r#"{"incomplete":false,"nonResourceRules":[{"nonResourceURLs":["/healthz","/metrics/*"],"verbs":["get"]}],"resourceRules":[{"apiGroups":["batch"],"resources":["jobs"],"verbs":["*"]},{"apiGroups":["","apps"],"resources":["*"],"verbs":["get","list"]}]}"#
        ]],
    );
}
