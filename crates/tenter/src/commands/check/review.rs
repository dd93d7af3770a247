//! Asking an API server who may do what.

use cluster::{Cluster, ClusterError};
use manifest::Value;
use serde_json::json;

use crate::entry::MANAGER;

/// Something that somebody may have to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) verb: &'static str,
    pub(super) group: &'static str,
    /// With its subresource, such as `kustomizations/status`.
    pub(super) resource: &'static str,
    /// Where; empty for the whole cluster.
    pub(super) namespace: String,
}

impl Deed {
    /// In the whole cluster.
    pub(super) fn everywhere(verb: &'static str, group: &'static str, resource: &'static str) -> Deed {
        Deed::within(verb, group, resource, "")
    }

    /// In one namespace.
    pub(super) fn within(verb: &'static str, group: &'static str, resource: &'static str, namespace: &str) -> Deed {
        Deed { verb, group, resource, namespace: namespace.to_owned() }
    }

    fn attributes(&self) -> Value {
        let (resource, subresource) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        json!({
            "verb": self.verb, "group": self.group, "resource": resource, "subresource": subresource,
            "namespace": self.namespace,
        })
    }

    /// The rule of a Role that allows it.
    pub(super) fn rule(&self) -> String {
        let place = match self.namespace.as_str() {
            "" => "in a ClusterRole".to_owned(),
            namespace => format!("in a Role of namespace {namespace}"),
        };
        let Deed { verb, group, resource, .. } = self;
        format!("{{apiGroups: [\"{group}\"], resources: [\"{resource}\"], verbs: [\"{verb}\"]}} {place}")
    }

    /// Whether we may.
    pub(super) async fn is_allowed(&self, cluster: &Cluster) -> Result<bool, ClusterError> {
        let spec = json!({"resourceAttributes": self.attributes()});
        ask(cluster, "SelfSubjectAccessReview", spec).await
    }

    /// Whether a service account may.
    pub(super) async fn is_allowed_to(
        &self,
        cluster: &Cluster,
        namespace: &str,
        name: &str,
    ) -> Result<bool, ClusterError> {
        let spec = json!({
            "resourceAttributes": self.attributes(),
            "user": format!("system:serviceaccount:{namespace}:{name}"),
            "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated"],
        });
        ask(cluster, "SubjectAccessReview", spec).await
    }
}

async fn ask(cluster: &Cluster, kind: &str, spec: Value) -> Result<bool, ClusterError> {
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": {}, "spec": spec});
    Ok(cluster.create(&review, MANAGER).await?["status"]["allowed"] == true)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_rule_can_be_pasted() {
        expect![[r#"{apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"]} in a Role of namespace tenter-system"#]]
            .assert_eq(&Deed::within("create", "apps", "deployments", "tenter-system").rule());
        expect![[r#"{apiGroups: [""], resources: ["namespaces"], verbs: ["create"]} in a ClusterRole"#]]
            .assert_eq(&Deed::everywhere("create", "", "namespaces").rule());
    }
}
