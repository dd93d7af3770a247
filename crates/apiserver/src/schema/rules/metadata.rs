//! Rules for `metadata`, which hold for every kind.

use serde_json::Value;

use super::names;
use crate::registry::{FieldError, Origin, Resource, Scope};

/// Names, labels, annotations, finalizers and owners of an object.
pub(super) fn check(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let metadata = &object["metadata"];
    check_names(resource, metadata, &mut errors);
    check_labels(&metadata["labels"], "metadata.labels", &mut errors);
    check_annotations(&metadata["annotations"], &mut errors);
    for (index, finalizer) in metadata["finalizers"].as_array().into_iter().flatten().enumerate() {
        let Some(name) = finalizer.as_str() else { continue };
        if let Some(problem) = names::qualified_name(name) {
            errors.push(FieldError::invalid("metadata.finalizers", finalizer, &problem));
        } else if built_in(resource)
            && !name.contains('/')
            && !matches!(name, "orphan" | "foregroundDeletion" | "kubernetes")
        {
            let field = format!("metadata.finalizers[{index}]");
            errors.push(FieldError::invalid(
                &field,
                finalizer,
                "name is neither a standard finalizer name nor is it fully qualified",
            ));
        }
    }
    check_owners(&metadata["ownerReferences"], &mut errors);
    errors
}

/// Only built-in kinds demand that finalizers have a domain; custom ones, such as Flux's, may use any name.
fn built_in(resource: &Resource) -> bool {
    match resource.origin {
        Origin::BuiltIn => true,
        Origin::Custom { .. } => false,
    }
}

/// The same, and that identity does not change.
pub(super) fn check_update(resource: &Resource, old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = check(resource, new);
    for field in ["name", "namespace", "uid", "creationTimestamp"] {
        let (before, after) = (&old["metadata"][field], &new["metadata"][field]);
        if !after.is_null() && !before.is_null() && before != after {
            errors.push(FieldError::invalid(&format!("metadata.{field}"), after, "field is immutable"));
        }
    }
    errors
}

fn check_names(resource: &Resource, metadata: &Value, errors: &mut Vec<FieldError>) {
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    let check: fn(&str) -> Option<String> = match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
        ("", "Namespace") => names::dns_label,
        ("", "Service") => names::dns_1035_label,
        ("rbac.authorization.k8s.io", _) => names::path_segment,
        _ => names::dns_subdomain,
    };
    let name = text("name");
    if name.is_empty() {
        if text("generateName").is_empty() {
            errors.push(FieldError::required("metadata.name", "name or generateName is required"));
        }
    } else if let Some(problem) = check(name) {
        errors.push(FieldError::invalid("metadata.name", &metadata["name"], &problem));
    }
    let prefix = text("generateName");
    // A prefix may end in the dash that separates the random part.
    if !prefix.is_empty()
        && let Some(problem) = check(&format!("{prefix}a"))
    {
        errors.push(FieldError::invalid("metadata.generateName", &metadata["generateName"], &problem));
    }
    let namespace = text("namespace");
    match resource.scope {
        Scope::Namespaced => {
            if !namespace.is_empty()
                && let Some(problem) = names::dns_label(namespace)
            {
                errors.push(FieldError::invalid("metadata.namespace", &metadata["namespace"], &problem));
            }
        }
        Scope::Cluster if !namespace.is_empty() => {
            errors.push(FieldError::forbidden("metadata.namespace", "not allowed on this type"));
        }
        Scope::Cluster => {}
    }
}

/// Label keys and values, also of selectors and pod templates.
pub(super) fn check_labels(labels: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        if let Some(problem) = names::qualified_name(key) {
            errors.push(FieldError::invalid(path, &Value::String(key.clone()), &problem));
        }
        if let Some(problem) = value.as_str().and_then(names::label_value) {
            errors.push(FieldError::invalid(path, value, &problem));
        }
    }
}

fn check_annotations(annotations: &Value, errors: &mut Vec<FieldError>) {
    const LIMIT: usize = 256 * 1024;
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        // Keys are compared in lower case, which annotations alone allow.
        if let Some(problem) = names::qualified_name(&key.to_lowercase()) {
            errors.push(FieldError::invalid("metadata.annotations", &Value::String(key.clone()), &problem));
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > LIMIT {
        errors.push(FieldError::new(
            "FieldValueTooLong",
            "metadata.annotations",
            format!("Too long: may not be more than {LIMIT} bytes"),
        ));
    }
}

fn check_owners(owners: &Value, errors: &mut Vec<FieldError>) {
    let mut controller: Option<String> = None;
    for owner in owners.as_array().into_iter().flatten() {
        let path = "metadata.ownerReferences";
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner[field].as_str().unwrap_or_default().is_empty() {
                errors.push(FieldError::invalid(&format!("{path}.{field}"), &owner[field], "must not be empty"));
            }
        }
        if owner["controller"] == true {
            let name = format!(
                "{}/{}",
                owner["kind"].as_str().unwrap_or_default(),
                owner["name"].as_str().unwrap_or_default()
            );
            match &controller {
                Some(first) => errors.push(FieldError::invalid(
                    "metadata.ownerReferences",
                    owners,
                    &format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"
                    ),
                )),
                None => controller = Some(name),
            }
        }
    }
}
