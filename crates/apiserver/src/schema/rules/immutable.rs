//! Fields that may not change once an object exists.

use serde_json::Value;

use crate::registry::{FieldError, Resource};

/// Reports every immutable field that changed.
pub(super) fn check(resource: &Resource, old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let mut fixed = |pointer: &str, path: &str| {
        let (before, after) =
            (old.pointer(pointer).unwrap_or(&Value::Null), new.pointer(pointer).unwrap_or(&Value::Null));
        if before != after {
            errors.push(FieldError::invalid(path, after, "field is immutable"));
        }
    };
    match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => fixed("/spec/selector", "spec.selector"),
        ("batch", "Job") => {
            for (pointer, path) in [
                ("/spec/completions", "spec.completions"),
                ("/spec/selector", "spec.selector"),
                ("/spec/completionMode", "spec.completionMode"),
                ("/spec/podFailurePolicy", "spec.podFailurePolicy"),
                ("/spec/backoffLimitPerIndex", "spec.backoffLimitPerIndex"),
            ] {
                fixed(pointer, path);
            }
            // While suspended, scheduling directives of the template may still change; the rest never does.
            if !template_fits(old, new) {
                fixed("/spec/template", "spec.template");
            }
        }
        ("", "Secret") => {
            fixed("/type", "type");
            immutable_data(old, new, &["data"], errors);
        }
        ("", "ConfigMap") => immutable_data(old, new, &["data", "binaryData"], errors),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => role_reference(old, new, errors),
        ("storage.k8s.io", "StorageClass") => storage_class(old, new, errors),
        ("scheduling.k8s.io", "PriorityClass") => {
            if old["value"] != new["value"] {
                errors.push(FieldError::forbidden("value", "may not be changed in an update."));
            }
            if old["preemptionPolicy"] != new["preemptionPolicy"] {
                errors.push(FieldError::invalid("preemptionPolicy", &new["preemptionPolicy"], "field is immutable"));
            }
        }
        ("apps", "StatefulSet") => stateful_set(old, new, errors),
        ("", "Service") => service(old, new, errors),
        ("", "PersistentVolumeClaim") => claim(old, new, errors),
        ("", "Pod") => pod(old, new, errors),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {}
        _ => {}
    }
}

fn template_fits(old: &Value, new: &Value) -> bool {
    if old["spec"]["suspend"] != true {
        return false;
    }
    let without_scheduling = |job: &Value| {
        let mut template = job["spec"]["template"].clone();
        for part in ["labels", "annotations"] {
            if let Some(metadata) = template["metadata"].as_object_mut() {
                metadata.remove(part);
            }
        }
        if let Some(spec) = template["spec"].as_object_mut() {
            for field in ["nodeSelector", "affinity", "tolerations", "schedulingGates"] {
                spec.remove(field);
            }
        }
        template
    };
    without_scheduling(old) == without_scheduling(new)
}

fn immutable_data(old: &Value, new: &Value, fields: &[&str], errors: &mut Vec<FieldError>) {
    if old["immutable"] != true {
        return;
    }
    const WHY: &str = "field is immutable when `immutable` is set";
    if new["immutable"] != true {
        errors.push(FieldError::forbidden("immutable", WHY));
    }
    for field in fields {
        if old[*field] != new[*field] {
            errors.push(FieldError::forbidden(field, WHY));
        }
    }
}

fn role_reference(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    if old["roleRef"] != new["roleRef"] {
        errors.push(FieldError::invalid("roleRef", &new["roleRef"], "cannot change roleRef"));
    }
}

fn storage_class(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    for field in ["parameters", "provisioner"] {
        if old[field] != new[field] {
            errors.push(FieldError::forbidden(field, &format!("updates to {field} are forbidden.")));
        }
    }
    for field in ["reclaimPolicy", "volumeBindingMode"] {
        if old[field] != new[field] {
            errors.push(FieldError::invalid(field, &new[field], "field is immutable"));
        }
    }
}

fn stateful_set(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    const FREE: [&str; 7] = [
        "minReadySeconds",
        "ordinals",
        "persistentVolumeClaimRetentionPolicy",
        "replicas",
        "revisionHistoryLimit",
        "template",
        "updateStrategy",
    ];
    let fixed = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(fields) = spec.as_object_mut() {
            FREE.iter().for_each(|field| {
                fields.remove(*field);
            });
            // The status of a claim template is never anyone's.
            for claim in fields.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(claim) = claim.as_object_mut() {
                    claim.remove("status");
                }
            }
        }
        spec
    };
    if fixed(old) != fixed(new) {
        errors.push(FieldError::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}

fn service(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let ty = |object: &Value| object["spec"]["type"].as_str().unwrap_or_default().to_owned();
    if ty(old) == "ExternalName" || ty(new) == "ExternalName" {
        return;
    }
    let (before, after) = (&old["spec"]["clusterIP"], &new["spec"]["clusterIP"]);
    if !before.is_null() && before != "" && before != after {
        errors.push(FieldError::invalid(
            "spec.clusterIPs[0]",
            &Value::Array(vec![after.clone()]),
            "may not change once set",
        ));
    }
}

fn claim(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let bound = old["status"]["phase"] == "Bound";
    let fixed = |object: &Value, other: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(fields) = spec.as_object_mut() {
            fields.remove("volumeAttributesClassName");
            if bound && let Some(resources) = fields.get_mut("resources").and_then(Value::as_object_mut) {
                resources.remove("requests");
            }
            // The binder fills in the volume and the default class.
            for field in ["volumeName", "storageClassName"] {
                if object["spec"][field].is_null() || other["spec"][field].is_null() {
                    fields.remove(field);
                }
            }
        }
        spec
    };
    if fixed(old, new) != fixed(new, old) {
        errors.push(FieldError::forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ));
    }
    let size = |object: &Value| {
        let quantity = object["spec"]["resources"]["requests"]["storage"].as_str().unwrap_or_default();
        crate::schema::quantity::nanos(quantity).unwrap_or_default()
    };
    if bound && size(new) < size(old) {
        errors.push(FieldError::forbidden(
            "spec.resources.requests.storage",
            "field can not be less than status.capacity",
        ));
    }
}

fn pod(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let fixed = |object: &Value| {
        let mut spec = object["spec"].clone();
        let Some(fields) = spec.as_object_mut() else { return spec };
        for field in [
            "activeDeadlineSeconds",
            "terminationGracePeriodSeconds",
            "tolerations",
            "schedulingGates",
            "ephemeralContainers",
        ] {
            fields.remove(field);
        }
        for list in ["initContainers", "containers"] {
            for container in fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(container) = container.as_object_mut() {
                    container.remove("image");
                }
            }
        }
        spec
    };
    if fixed(old) != fixed(new) {
        errors.push(FieldError::forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ));
    }
}
