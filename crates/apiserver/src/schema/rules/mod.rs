//! The API server's own rules for built-in kinds, beyond what a schema can say, and for the metadata of every kind.

mod immutable;
mod metadata;
pub(crate) mod names;
mod network;
mod others;
mod pod;
mod storage;
mod workload;

use serde_json::Value;

use crate::registry::{FieldError, Origin, Resource};
use crate::{crd, strategy};

/// Every broken rule of a new object.
pub(super) fn create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = metadata::check(resource, object);
    if resource.origin == Origin::BuiltIn {
        kind_rules(resource, object, &mut errors);
    }
    if strategy::is_crd(resource) {
        errors.extend(crd::validate(object));
    }
    errors
}

/// Every broken rule of a changed object, changes to immutable fields included.
pub(super) fn update(resource: &Resource, old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = metadata::check_update(resource, old, new);
    if resource.origin == Origin::BuiltIn {
        kind_rules(resource, new, &mut errors);
        immutable::check(resource, old, new, &mut errors);
    }
    if strategy::is_crd(resource) {
        errors.extend(crd::validate_update(old, new));
    }
    errors
}

/// Carries what the server assigned into an update that leaves it out (a Service's cluster IP and node ports, a
/// claim's volume), as the API server does before validating.
pub(super) fn carry_over(resource: &Resource, old: &Value, new: &mut Value) {
    if resource.origin == Origin::BuiltIn {
        match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
            ("", "Service") => network::carry_over(old, new),
            ("batch", "Job") => workload::carry_over_job(old, new),
            _ => {}
        }
    }
}

/// Rewrites what is only a convenience of writing: a Secret's `stringData`.
pub(super) fn prepare(resource: &Resource, object: &mut Value) {
    if resource.gvk.group.is_empty() && resource.gvk.kind == "Secret" {
        storage::merge_string_data(object);
    }
}

fn kind_rules(resource: &Resource, object: &Value, errors: &mut Vec<FieldError>) {
    match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
        ("", "Pod") => pod::check(&object["spec"], "spec", errors),
        ("", "PodTemplate") => pod::check(&object["template"]["spec"], "template.spec", errors),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            workload::check_apps(&resource.gvk.kind, object, errors)
        }
        ("", "ReplicationController") => workload::check_replication_controller(object, errors),
        ("batch", "Job") => workload::check_job(&object["spec"], "spec", errors),
        ("batch", "CronJob") => workload::check_cron_job(object, errors),
        ("", "Service") => network::check_service(object, errors),
        ("networking.k8s.io", "Ingress") => network::check_ingress(object, errors),
        ("", "ConfigMap") => storage::check_config_map(object, errors),
        ("", "Secret") => storage::check_secret(object, errors),
        ("", "PersistentVolumeClaim") => storage::check_claim(&object["spec"], "spec", errors),
        ("rbac.authorization.k8s.io", kind) => others::check_rbac(kind, object, errors),
        ("autoscaling", "HorizontalPodAutoscaler") => others::check_autoscaler(object, errors),
        ("policy", "PodDisruptionBudget") => others::check_disruption_budget(object, errors),
        ("storage.k8s.io", "StorageClass") => storage::check_storage_class(object, errors),
        ("scheduling.k8s.io", "PriorityClass") => others::check_priority_class(object, errors),
        _ => {}
    }
}
