//! Taking over objects that another tool applied before.
//!
//! `kubectl apply`, older updating reconcilers and objects from before server-side apply leave their own entries in
//! `managedFields`. While those stay, a field that is removed from Git stays in the cluster, because somebody else still
//! owns it. So their fields become ours, as Flux does it (fluxcd/pkg/ssa `PatchReplaceFieldsManagers`,
//! kustomize-controller's list of managers).
//!
//! Both the decision whether an object can be left alone and the client that sends the patch need this rule.

use serde_json::{Value, json};

use crate::ownership::{Entry, ManagedFields, OperationKind, absorb};

/// Annotations that the tools we replace leave behind.
const ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];

/// Labels that the tools we replace leave behind.
const LABELS: &[&str] = &["fluxcd.io/sync-gc-mark"];

/// The JSON patch that makes `manager` the owner of what other appliers left on `live`, and removes the annotations and
/// labels they keep their books in; none where there is nothing to take over. It fails on the server if the object
/// changed in between.
pub fn patch(live: &Value, manager: &str) -> Option<Value> {
    let mut operations = Vec::new();
    for (place, keys) in [("annotations", ANNOTATIONS), ("labels", LABELS)] {
        for key in keys.iter().filter(|key| live["metadata"][place].get(**key).is_some()) {
            let pointer = format!("/metadata/{place}/{}", key.replace('~', "~0").replace('/', "~1"));
            operations.push(json!({ "op": "remove", "path": pointer }));
        }
    }
    let managed = ManagedFields::of(live).ok()?;
    if let Some(absorbed) = absorb(&managed, |entry| is_left_behind(entry, manager), manager) {
        operations.push(json!({ "op": "replace", "path": "/metadata/managedFields", "value": absorbed.encode() }));
    }
    if operations.is_empty() {
        return None;
    }
    let version = &live["metadata"]["resourceVersion"];
    operations.push(json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": version }));
    Some(Value::Array(operations))
}

/// The managers whose fields [`patch`] takes.
pub fn managers(live: &Value, manager: &str) -> Vec<String> {
    let managed = ManagedFields::of(live).unwrap_or_default();
    managed.entries().iter().filter(|entry| is_left_behind(entry, manager)).map(|entry| entry.manager.clone()).collect()
}

fn is_left_behind(entry: &Entry, manager: &str) -> bool {
    let updated = entry.operation == OperationKind::Update;
    entry.subresource.is_empty()
        && (entry.manager.starts_with("kubectl")
            || (updated && entry.manager.starts_with("before-first-apply"))
            || (updated && entry.manager.starts_with(manager)))
}
