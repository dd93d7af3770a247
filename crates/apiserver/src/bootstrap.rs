//! The roles every cluster starts with, as far as people and tenants bind them.

use serde_json::{Value, json};

const READ: [&str; 3] = ["get", "list", "watch"];
const WRITE: [&str; 8] = ["get", "list", "watch", "create", "delete", "deletecollection", "patch", "update"];

/// `cluster-admin`, `admin`, `edit`, `view`, `system:basic-user`, and the bindings of the first to the administrators'
/// group and of the last to everybody who is known.
pub(crate) fn roles() -> Vec<Value> {
    let everything = json!([
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]);
    vec![
        role("cluster-admin", everything, None),
        role("admin", administering(), Some("admin")),
        role("edit", json!([workloads(&WRITE), secrets(&WRITE)]), Some("edit")),
        role("view", json!([workloads(&READ)]), Some("view")),
        role("system:basic-user", asking_about_oneself(), None),
        binding("cluster-admin", "system:masters"),
        binding("system:basic-user", "system:authenticated"),
    ]
}

/// Roles with the label `rbac.authorization.k8s.io/aggregate-to-{aggregates}` add to the role.
fn role(name: &str, rules: Value, aggregates: Option<&str>) -> Value {
    let mut role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "rules": rules,
    });
    if let Some(aggregates) = aggregates {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{aggregates}");
        role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]});
    }
    role
}

/// The group has the role of this name; so is the binding called.
fn binding(role: &str, group: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    })
}

/// Everybody may ask who they are and what they may do.
fn asking_about_oneself() -> Value {
    json!([
        {
            "apiGroups": ["authorization.k8s.io"],
            "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            "verbs": ["create"],
        },
        {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
    ])
}

fn administering() -> Value {
    let roles = json!({
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": WRITE,
    });
    json!([workloads(&WRITE), secrets(&WRITE), roles])
}

/// What runs in a namespace, short of what grants access.
fn workloads(verbs: &[&str]) -> Value {
    json!({
        "apiGroups": ["", "apps", "batch", "autoscaling", "networking.k8s.io", "policy", "discovery.k8s.io", "events.k8s.io"],
        "resources": [
            "configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/log", "pods/status",
            "replicationcontrollers", "serviceaccounts", "services", "namespaces", "controllerrevisions", "daemonsets",
            "deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale",
            "cronjobs", "jobs", "horizontalpodautoscalers", "ingresses", "networkpolicies", "poddisruptionbudgets",
            "endpointslices",
        ],
        "verbs": verbs,
    })
}

fn secrets(verbs: &[&str]) -> Value {
    json!({"apiGroups": [""], "resources": ["secrets", "pods/eviction", "serviceaccounts/token"], "verbs": verbs})
}
