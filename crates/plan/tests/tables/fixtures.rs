//! Objects that the tables share.

use manifest::{Manifest, ObjectId, Origin};
use plan::labels::Applier;
use serde_json::{Value, json};

/// Who applied these objects.
pub(crate) const MANAGER: &str = Applier::Kustomization.manager();

/// A manifest of an object.
pub(crate) fn manifest(value: Value) -> Manifest {
    Manifest::new(value, Origin::default()).expect("a complete object")
}

/// An object by `apiVersion Kind namespace/name`; no namespace for cluster-scoped ones.
pub(crate) fn object(text: &str) -> Value {
    let parts: Vec<&str> = text.split(' ').collect();
    let (namespace, name) = parts[2].split_once('/').unwrap_or(("", parts[2]));
    let mut object = json!({ "apiVersion": parts[0], "kind": parts[1], "metadata": { "name": name } });
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}

/// The id of such an object.
pub(crate) fn id(text: &str) -> ObjectId {
    ObjectId::of(&object(text)).expect("an id")
}

/// `object` with the fields of `over` merged in, objects field by field.
pub(crate) fn with(mut object: Value, over: Value) -> Value {
    merge(&mut object, over);
    object
}

fn merge(into: &mut Value, over: Value) {
    match (into, over) {
        (Value::Object(into), Value::Object(over)) => {
            for (key, value) in over {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, over) => *into = over,
    }
}

/// A `managedFields` entry.
pub(crate) fn managed(manager: &str, operation: &str, time: &str, fields: Value) -> Value {
    json!({
        "manager": manager,
        "operation": operation,
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "time": time,
        "fieldsV1": fields,
    })
}

/// A Deployment as Git declares it.
pub(crate) fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "namespace": "prod",
            "name": "web",
            "labels": {
                "kustomize.toolkit.fluxcd.io/name": "apps",
                "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
            },
            "finalizers": ["example.com/hold"],
        },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": { "app": "web" } },
            "template": { "spec": { "containers": [
                { "name": "app", "image": "web:1", "ports": [{ "containerPort": 80, "protocol": "TCP" }], "resources": {} },
                { "name": "proxy", "image": "proxy:1", "args": ["-v"] },
            ] } },
        },
    })
}

/// What we own of it once it is applied.
pub(crate) fn deployment_fields() -> Value {
    let container = |name: &str| format!("k:{{\"name\":\"{name}\"}}");
    let mut containers = json!({});
    containers[container("app")] = json!({
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": { "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {}, "f:protocol": {} } },
        "f:resources": {},
    });
    containers[container("proxy")] = json!({ ".": {}, "f:name": {}, "f:image": {}, "f:args": {} });
    json!({
        "f:metadata": {
            "f:labels": { "f:kustomize.toolkit.fluxcd.io/name": {}, "f:kustomize.toolkit.fluxcd.io/namespace": {} },
            "f:finalizers": { "v:\"example.com/hold\"": {} },
        },
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": { "f:spec": { "f:containers": containers } },
        },
    })
}

/// The Deployment as the API server has it after we applied it.
pub(crate) fn live_deployment() -> Value {
    with(
        deployment(),
        json!({
                    "metadata": {
                        "uid": "u-1",
                        "resourceVersion": "7",
                        "generation": 1,
                        "managedFields": [
                            managed(MANAGER, "Apply", "2026-01-01T10:00:00Z", deployment_fields()),
        with(
                                managed(
                                    "kube-controller-manager",
                                    "Update",
                                    "2026-01-01T10:00:05Z",
                                    json!({ "f:status": { "f:replicas": {} } }),
                                ),
                                json!({ "subresource": "status" }),
                            ),
                        ],
                    },
                    "spec": { "revisionHistoryLimit": 10 },
                    "status": { "replicas": 2 },
                }),
    )
}
