//! The table itself: which kinds, under which names, with which subresources.

use k8s_openapi::api::{
    admissionregistration, apps, authentication, authorization, autoscaling, batch, certificates, coordination, core,
    discovery, events, flowcontrol, networking, node, policy, rbac, scheduling, storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use manifest::GroupVersionKind;
use schemars::{Schema, SchemaGenerator};

use crate::registry::{Origin, Resource, ScalePaths, Scope};
use crate::schema::LazySchema;

/// What every stored resource can do.
pub(crate) const STANDARD: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Reviews and bindings: created, answered, forgotten.
pub(crate) const CREATE: &[&str] = &["create"];
/// `componentstatuses`: nothing to write.
/// Namespaces go one by one.
const SINGLE: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const READ: &[&str] = &["get", "list"];

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Declaration {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    plural: &'static str,
    scope: Scope,
    short_names: &'static [&'static str],
    categories: &'static [&'static str],
    subresources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// The version whose types describe it; differs from `version` only where an older version is served with the
    /// same fields.
    pub(crate) described_by: &'static str,
    /// Name of the kind in Kubernetes' OpenAPI documents.
    pub(crate) definition: fn() -> std::borrow::Cow<'static, str>,
    /// Adds the kind and all it needs to a schema generator.
    pub(crate) generate: fn(&mut SchemaGenerator) -> Schema,
}

/// What clients of the one deprecated built-in kind are told.
const ENDPOINTS: &str = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

impl Declaration {
    /// The row as a served resource.
    pub(crate) fn resource(&self) -> Resource {
        let extra: &'static [&'static str] = match self.subresources {
            [] => &[],
            ["status", "scale", rest @ ..] | ["status", rest @ ..] | rest => rest,
        };
        let gvk = GroupVersionKind {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            kind: self.kind.to_owned(),
        };
        let (storage_group, storage_version) = match (self.group, self.kind) {
            ("events.k8s.io", "Event") => ("", "v1"),
            ("autoscaling", "HorizontalPodAutoscaler") => ("autoscaling", "v2"),
            (group, _) => (group, self.version),
        };
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        Resource {
            plural: self.plural.to_owned(),
            singular: self.kind.to_lowercase(),
            short_names: owned(self.short_names),
            categories: owned(self.categories),
            scope: self.scope,
            storage_version: storage_version.to_owned(),
            has_status: self.subresources.contains(&"status"),
            scale: self.subresources.contains(&"scale").then(scale_paths),
            subresources: extra,
            verbs: self.verbs,
            storage_group: storage_group.to_owned(),
            origin: Origin::BuiltIn,
            schema: LazySchema::built_in(*self),
            deprecation: (self.kind == "Endpoints").then(|| ENDPOINTS.to_owned()),
            columns: Vec::new(),
            selectable_fields: owned(selectable_fields(self.group, self.kind)),
            gvk,
        }
    }
}

fn scale_paths() -> ScalePaths {
    ScalePaths {
        spec_replicas: ".spec.replicas".to_owned(),
        status_replicas: ".status.replicas".to_owned(),
        label_selector: Some(".spec.selector".to_owned()),
    }
}

/// The fields, beyond name and namespace, that the API server's field selectors know for a kind.
fn selectable_fields(group: &str, kind: &str) -> &'static [&'static str] {
    match (group, kind) {
        ("", "Pod") => &[
            ".spec.nodeName",
            ".spec.restartPolicy",
            ".spec.schedulerName",
            ".spec.serviceAccountName",
            ".spec.hostNetwork",
            ".status.phase",
            ".status.podIP",
            ".status.nominatedNodeName",
        ],
        ("", "Event") => &[
            ".involvedObject.kind",
            ".involvedObject.namespace",
            ".involvedObject.name",
            ".involvedObject.uid",
            ".involvedObject.apiVersion",
            ".involvedObject.resourceVersion",
            ".involvedObject.fieldPath",
            ".reason",
            ".reportingComponent",
            ".source",
            ".type",
        ],
        ("events.k8s.io", "Event") => {
            &[".regarding.kind", ".regarding.namespace", ".regarding.name", ".reason", ".type"]
        }
        ("", "Secret") => &[".type"],
        ("", "Namespace") => &[".status.phase"],
        ("", "Node") => &[".spec.unschedulable"],
        ("", "Service") => &[".spec.clusterIP", ".spec.type"],
        ("", "ReplicationController") => &[".status.replicas"],
        ("apps", "ReplicaSet") => &[".status.replicas"],
        ("batch", "Job") => &[".status.successful"],
        ("certificates.k8s.io", "CertificateSigningRequest") => &[".spec.signerName"],
        _ => &[],
    }
}

macro_rules! declare {
    ($($ty:path, $plural:literal, $scope:ident, $short:expr, $categories:expr, $subresources:expr, $verbs:ident;)*) => {
        &[$(Declaration {
            group: <$ty as k8s_openapi::Resource>::GROUP,
            version: <$ty as k8s_openapi::Resource>::VERSION,
            kind: <$ty as k8s_openapi::Resource>::KIND,
            plural: $plural,
            scope: Scope::$scope,
            short_names: &$short,
            categories: &$categories,
            subresources: &$subresources,
            verbs: $verbs,
            described_by: <$ty as k8s_openapi::Resource>::VERSION,
            definition: <$ty as schemars::JsonSchema>::schema_name,
            generate: |generator| generator.subschema_for::<$ty>(),
        }),*]
    };
}

/// The rows, and the older versions of them that repositories still use.
pub(crate) fn declarations() -> impl Iterator<Item = Declaration> {
    rows().iter().flat_map(|row| {
        // autoscaling/v2beta2 has the fields of v2, and went only in Kubernetes 1.26.
        let older =
            (row.group == "autoscaling" && row.version == "v2").then_some(Declaration { version: "v2beta2", ..*row });
        [Some(*row), older].into_iter().flatten()
    })
}

/// The rows, by group.
fn rows() -> &'static [Declaration] {
    const ROWS: &[Declaration] = declare! {
        core::v1::Binding, "bindings", Namespaced, [], [], [], CREATE;
        core::v1::ComponentStatus, "componentstatuses", Cluster, ["cs"], [], [], READ;
        core::v1::ConfigMap, "configmaps", Namespaced, ["cm"], [], [], STANDARD;
        core::v1::Endpoints, "endpoints", Namespaced, ["ep"], [], [], STANDARD;
        core::v1::Event, "events", Namespaced, ["ev"], [], [], STANDARD;
        core::v1::LimitRange, "limitranges", Namespaced, ["limits"], [], [], STANDARD;
        core::v1::Namespace, "namespaces", Cluster, ["ns"], [], ["status", "finalize"], SINGLE;
        core::v1::Node, "nodes", Cluster, ["no"], [], ["status"], STANDARD;
        core::v1::PersistentVolume, "persistentvolumes", Cluster, ["pv"], [], ["status"], STANDARD;
        core::v1::PersistentVolumeClaim, "persistentvolumeclaims", Namespaced, ["pvc"], [], ["status"], STANDARD;
        core::v1::Pod, "pods", Namespaced, ["po"], ["all"], ["status", "binding", "eviction", "log"], STANDARD;
        core::v1::PodTemplate, "podtemplates", Namespaced, [], [], [], STANDARD;
        core::v1::ReplicationController, "replicationcontrollers", Namespaced, ["rc"], ["all"], ["status", "scale"], STANDARD;
        core::v1::ResourceQuota, "resourcequotas", Namespaced, ["quota"], [], ["status"], STANDARD;
        core::v1::Secret, "secrets", Namespaced, [], [], [], STANDARD;
        core::v1::Service, "services", Namespaced, ["svc"], ["all"], ["status"], STANDARD;
        core::v1::ServiceAccount, "serviceaccounts", Namespaced, ["sa"], [], ["token"], STANDARD;

        admissionregistration::v1::MutatingWebhookConfiguration, "mutatingwebhookconfigurations", Cluster, [], ["api-extensions"], [], STANDARD;
        admissionregistration::v1::ValidatingAdmissionPolicy, "validatingadmissionpolicies", Cluster, [], ["api-extensions"], ["status"], STANDARD;
        admissionregistration::v1::ValidatingAdmissionPolicyBinding, "validatingadmissionpolicybindings", Cluster, [], ["api-extensions"], [], STANDARD;
        admissionregistration::v1::ValidatingWebhookConfiguration, "validatingwebhookconfigurations", Cluster, [], ["api-extensions"], [], STANDARD;

        apiextensions::v1::CustomResourceDefinition, "customresourcedefinitions", Cluster, ["crd", "crds"], ["api-extensions"], ["status"], STANDARD;
        apiregistration::v1::APIService, "apiservices", Cluster, [], ["api-extensions"], ["status"], STANDARD;

        apps::v1::ControllerRevision, "controllerrevisions", Namespaced, [], [], [], STANDARD;
        apps::v1::DaemonSet, "daemonsets", Namespaced, ["ds"], ["all"], ["status"], STANDARD;
        apps::v1::Deployment, "deployments", Namespaced, ["deploy"], ["all"], ["status", "scale"], STANDARD;
        apps::v1::ReplicaSet, "replicasets", Namespaced, ["rs"], ["all"], ["status", "scale"], STANDARD;
        apps::v1::StatefulSet, "statefulsets", Namespaced, ["sts"], ["all"], ["status", "scale"], STANDARD;

        authentication::v1::SelfSubjectReview, "selfsubjectreviews", Cluster, [], [], [], CREATE;
        authentication::v1::TokenReview, "tokenreviews", Cluster, [], [], [], CREATE;
        authorization::v1::LocalSubjectAccessReview, "localsubjectaccessreviews", Namespaced, [], [], [], CREATE;
        authorization::v1::SelfSubjectAccessReview, "selfsubjectaccessreviews", Cluster, [], [], [], CREATE;
        authorization::v1::SelfSubjectRulesReview, "selfsubjectrulesreviews", Cluster, [], [], [], CREATE;
        authorization::v1::SubjectAccessReview, "subjectaccessreviews", Cluster, [], [], [], CREATE;

        autoscaling::v1::HorizontalPodAutoscaler, "horizontalpodautoscalers", Namespaced, ["hpa"], ["all"], ["status"], STANDARD;
        autoscaling::v2::HorizontalPodAutoscaler, "horizontalpodautoscalers", Namespaced, ["hpa"], ["all"], ["status"], STANDARD;

        batch::v1::CronJob, "cronjobs", Namespaced, ["cj"], ["all"], ["status"], STANDARD;
        batch::v1::Job, "jobs", Namespaced, [], ["all"], ["status"], STANDARD;

        certificates::v1::CertificateSigningRequest, "certificatesigningrequests", Cluster, ["csr"], [], ["status"], STANDARD;
        coordination::v1::Lease, "leases", Namespaced, [], [], [], STANDARD;
        discovery::v1::EndpointSlice, "endpointslices", Namespaced, [], [], [], STANDARD;
        events::v1::Event, "events", Namespaced, ["ev"], [], [], STANDARD;

        flowcontrol::v1::FlowSchema, "flowschemas", Cluster, [], [], ["status"], STANDARD;
        flowcontrol::v1::PriorityLevelConfiguration, "prioritylevelconfigurations", Cluster, [], [], ["status"], STANDARD;

        networking::v1::IPAddress, "ipaddresses", Cluster, ["ip"], [], [], STANDARD;
        networking::v1::Ingress, "ingresses", Namespaced, ["ing"], [], ["status"], STANDARD;
        networking::v1::IngressClass, "ingressclasses", Cluster, [], [], [], STANDARD;
        networking::v1::NetworkPolicy, "networkpolicies", Namespaced, ["netpol"], [], [], STANDARD;
        networking::v1::ServiceCIDR, "servicecidrs", Cluster, [], [], ["status"], STANDARD;

        node::v1::RuntimeClass, "runtimeclasses", Cluster, [], [], [], STANDARD;
        policy::v1::PodDisruptionBudget, "poddisruptionbudgets", Namespaced, ["pdb"], [], ["status"], STANDARD;

        rbac::v1::ClusterRole, "clusterroles", Cluster, [], [], [], STANDARD;
        rbac::v1::ClusterRoleBinding, "clusterrolebindings", Cluster, [], [], [], STANDARD;
        rbac::v1::Role, "roles", Namespaced, [], [], [], STANDARD;
        rbac::v1::RoleBinding, "rolebindings", Namespaced, [], [], [], STANDARD;

        scheduling::v1::PriorityClass, "priorityclasses", Cluster, ["pc"], [], [], STANDARD;

        storage::v1::CSIDriver, "csidrivers", Cluster, [], [], [], STANDARD;
        storage::v1::CSINode, "csinodes", Cluster, [], [], [], STANDARD;
        storage::v1::CSIStorageCapacity, "csistoragecapacities", Namespaced, [], [], [], STANDARD;
        storage::v1::StorageClass, "storageclasses", Cluster, ["sc"], [], [], STANDARD;
        storage::v1::VolumeAttachment, "volumeattachments", Cluster, [], [], ["status"], STANDARD;
        storage::v1::VolumeAttributesClass, "volumeattributesclasses", Cluster, ["vac"], [], [], STANDARD;
    };
    ROWS
}
