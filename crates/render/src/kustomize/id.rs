//! Ids of resources while they are being built.

use std::fmt;

use manifest::{GroupVersionKind, ObjectId, Value};

/// What upstream puts in the place of the namespace of a cluster-scoped object.
pub(crate) const NO_NAMESPACE: &str = "_non_namespaceable_";

/// Types that are never namespaced, as `(group, kinds)`: those of the Kubernetes API that kustomize carries, in every
/// version of the group.
const CLUSTER_SCOPED: [(&str, &[&str]); 12] = [
    ("", &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("certificates.k8s.io", &["CertificateSigningRequest"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", &["IngressClass"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
];

/// Whether objects of a type certainly have no namespace. Unknown types are taken to have one.
pub fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(scoped, kinds)| *scoped == group && kinds.contains(&kind))
}

/// The type of `object`; missing parts are empty.
pub(crate) fn type_of(object: &Value) -> GroupVersionKind {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    GroupVersionKind { group: group.to_owned(), version: version.to_owned(), kind: text("kind").to_owned() }
}

/// A part of an object's metadata as text, empty if it is missing.
pub(crate) fn metadata_text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// The full id of a resource: unlike in a cluster, another version is another resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct ResourceId {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    /// As written; empty if it is not.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl ResourceId {
    pub(crate) fn of(object: &Value) -> ResourceId {
        let GroupVersionKind { group, version, kind } = type_of(object);
        ResourceId {
            group,
            version,
            kind,
            namespace: metadata_text(object, "namespace").to_owned(),
            name: metadata_text(object, "name").to_owned(),
        }
    }

    /// The namespace that counts when ids are compared: `default` if none is written, and a mark of its own for
    /// cluster-scoped types.
    pub(crate) fn effective_namespace(&self) -> &str {
        if is_cluster_scoped(&self.group, &self.kind) {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(&self.group, &self.kind)
    }

    /// The same id with the namespace that counts, so that equal ids are equal values.
    pub(crate) fn normalised(mut self) -> ResourceId {
        self.namespace = self.effective_namespace().to_owned();
        self
    }

    /// As the rest of Tenter names objects.
    pub(crate) fn to_object_id(&self) -> ObjectId {
        ObjectId {
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// `Kind.version.group/name.namespace`, as kustomize prints ids.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, missing: &str| if text.is_empty() { missing.to_owned() } else { text.to_owned() };
        write!(
            f,
            "{}.{}.{}/{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]"),
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }
}

/// A type, or several: empty parts match everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct TypePattern {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

impl TypePattern {
    pub(crate) fn matches(&self, group: &str, version: &str, kind: &str) -> bool {
        let part = |pattern: &str, text: &str| pattern.is_empty() || pattern == text;
        part(&self.group, group) && part(&self.version, version) && part(&self.kind, kind)
    }

    pub(crate) fn matches_id(&self, id: &ResourceId) -> bool {
        self.matches(&id.group, &id.version, &id.kind)
    }
}
