//! Who may do what. The controller reads everything, because drift and health are watched; it writes only its own kinds,
//! and acts as others for all the rest.

use manifest::Value;
use serde_json::{Value as Json, json};

use super::definitions::KINDS;
use super::{CONTROLLER, Installation, RECONCILER, Tenancy, cluster_metadata, labels};

const RBAC: &str = "rbac.authorization.k8s.io";

impl Installation {
    pub(super) fn access(&self) -> Vec<Value> {
        let mut objects = vec![
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": self.metadata(CONTROLLER)}),
            self.election(),
            self.role_binding(),
            reader(),
            controller(),
            self.binding("tenter-reader", "tenter-reader"),
            self.binding("tenter-controller", "tenter-controller"),
        ];
        match self.tenancy {
            Tenancy::Locked => objects.extend(self.reconciler()),
            Tenancy::Open => objects.push(self.binding("tenter-cluster-admin", "cluster-admin")),
        }
        objects
    }

    /// The lease, in the controller's namespace.
    fn election(&self) -> Value {
        json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": "Role",
            "metadata": self.metadata("tenter-election"),
            "rules": [{
                "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
                "verbs": ["get", "list", "watch", "create", "update", "patch"],
            }],
        })
    }

    fn role_binding(&self) -> Value {
        json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": "RoleBinding",
            "metadata": self.metadata("tenter-election"),
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "tenter-election"},
            "subjects": [self.subject()],
        })
    }

    fn binding(&self, name: &str, role: &str) -> Value {
        binding(name, role, self.subject())
    }

    fn subject(&self) -> Json {
        json!({"kind": "ServiceAccount", "name": CONTROLLER, "namespace": self.system})
    }

    /// The account that applies what the entry's namespace declares. Who may write Flux objects there may do everything;
    /// tenants have namespaces and accounts of their own.
    fn reconciler(&self) -> [Value; 2] {
        let account = json!({"kind": "ServiceAccount", "name": RECONCILER, "namespace": self.entry});
        let metadata = json!({"name": RECONCILER, "namespace": self.entry, "labels": labels()});
        [
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata,
                // Nobody runs as it: it is acted as.
                "automountServiceAccountToken": false,
            }),
            binding(RECONCILER, "cluster-admin", account),
        ]
    }
}

/// Reads everything, Secrets included: sources and releases need them, and what is applied is watched.
fn reader() -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRole",
        "metadata": cluster_metadata("tenter-reader"),
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}],
    })
}

/// What the controller writes by itself.
fn controller() -> Value {
    let groups: Vec<&str> = {
        let mut groups: Vec<&str> = KINDS.iter().map(|kind| kind.group).collect();
        groups.dedup();
        groups
    };
    let plurals =
        |suffix: &str| -> Vec<String> { KINDS.iter().map(|kind| format!("{}{suffix}", kind.plural)).collect() };
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRole",
        "metadata": cluster_metadata("tenter-controller"),
        "rules": [
            {"apiGroups": groups, "resources": plurals(""), "verbs": ["update", "patch"]},
            {"apiGroups": groups, "resources": plurals("/status"), "verbs": ["update", "patch"]},
            {"apiGroups": groups, "resources": plurals("/finalizers"), "verbs": ["update"]},
            // The charts that HelmReleases ask for.
            {"apiGroups": ["source.toolkit.fluxcd.io"], "resources": ["helmcharts"], "verbs": ["create", "delete"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
            {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]},
        ],
    })
}

fn binding(name: &str, role: &str, subject: Json) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRoleBinding",
        "metadata": cluster_metadata(name),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    })
}
