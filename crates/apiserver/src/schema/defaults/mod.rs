//! Defaults of built-in kinds: what the API server fills in where a manifest leaves a field open.
//!
//! Each function states one type's defaults as plain field-value lines, in the order of the type's fields.

mod network;
mod others;
mod pod;
mod storage;
mod workload;

use serde_json::{Map, Value};

use crate::registry::Resource;

/// Fills in what a built-in object leaves open. Values of the wrong type are left for validation to report.
pub(super) fn apply(resource: &Resource, object: &mut Value) {
    match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
        ("", "Pod") => pod::pod(object),
        ("", "PodTemplate") => {
            if let Some(template) = object.get_mut("template") {
                pod::template(template);
            }
        }
        ("", "ReplicationController") => workload::replication_controller(object),
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("batch", "Job") => workload::job(object),
        ("batch", "CronJob") => workload::cron_job(object),
        ("autoscaling", "HorizontalPodAutoscaler") => workload::autoscaler(&resource.gvk.version, object),
        ("", "Service") => network::service(object),
        ("", "Endpoints") => network::endpoints(object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object),
        ("networking.k8s.io", "Ingress") => network::balancer_status(object),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(object),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(object),
        ("", "PersistentVolumeClaim") => storage::claim(object),
        ("", "PersistentVolume") => storage::volume(object),
        ("storage.k8s.io", "StorageClass") => storage::storage_class(object),
        ("storage.k8s.io", "CSIDriver") => storage::csi_driver(object),
        ("policy", "PodDisruptionBudget") => {
            status(object, &["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"]);
        }
        ("", "Secret") => set(object, "type", "Opaque"),
        ("", "Namespace") => others::namespace(object),
        ("", "Node") => others::node(object),
        ("", "LimitRange") => others::limit_range(object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => others::role_binding(object),
        ("scheduling.k8s.io", "PriorityClass") => set(object, "preemptionPolicy", "PreemptLowerPriority"),
        ("admissionregistration.k8s.io", kind) => others::admission(kind, object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => crate::crd::default(object),
        _ => {}
    }
}

/// Sets a field that is absent or null; does nothing where `object` is no object.
fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut()
        && fields.get(field).is_none_or(Value::is_null)
    {
        fields.insert(field.to_owned(), value.into());
    }
}

/// Makes sure of a status that has these counters, which the API server always shows.
fn status(object: &mut Value, counters: &[&str]) {
    if let Some(status) = open(object, "status") {
        counters.iter().for_each(|counter| set(status, counter, 0));
    }
}

/// The object at a field, made if it is absent; nothing where the field has another type.
fn open<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    set(object, field, Value::Object(Map::new()));
    object.get_mut(field).filter(|value| value.is_object())
}

/// The items of a list field, if it is there.
fn each<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The text of a field, or nothing.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}
