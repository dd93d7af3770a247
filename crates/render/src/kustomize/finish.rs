//! The last step: what only the build needed is taken off the objects.

use manifest::{Manifest, Value};
use serde_json::{Map, json};

use super::problem::Failure;
use super::provenance;
use super::resource::Resource;
use super::set::ResourceSet;

/// Resources with this annotation are for the build only, unless it says `false`.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Annotations with these keys belong to kustomize and its tools.
pub(crate) const INTERNAL_PREFIX: &str = "internal.config.kubernetes.io/";
const INTERNAL: [&str; 4] = [
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "kustomize.config.k8s.io/generated-by-helm",
];

/// The label with which validators say that they ran.
const VALIDATED_BY: &str = "validated-by";

/// What `buildMetadata: [managedByLabel]` labels objects with.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "tenter");

/// Whether a resource is for the build only.
pub(crate) fn is_local(resource: &Resource) -> bool {
    resource.annotation(LOCAL_CONFIG).is_some_and(|text| text != "false")
}

/// The object without the label of a validator.
pub(crate) fn without_validation(resource: &Resource) -> Value {
    let mut value = resource.value.clone();
    if let Some(Value::Object(metadata)) = value.get_mut("metadata")
        && let Some(Value::Object(labels)) = metadata.get_mut("labels")
        && labels.remove(VALIDATED_BY).is_some()
        && labels.is_empty()
    {
        metadata.remove("labels");
    }
    value
}

/// The finished objects; `build_metadata` says what they tell about their making.
pub(crate) fn manifests(resources: ResourceSet, build_metadata: &[String]) -> Result<Vec<Manifest>, Failure> {
    let wants = |option: &str| build_metadata.iter().any(|wanted| wanted == option);
    let (origins, transformations) = (wants("originAnnotations"), wants("transformerAnnotations"));
    let managed = wants("managedByLabel");
    let mut manifests = Vec::with_capacity(resources.as_slice().len());
    let mut problems = Vec::new();
    for mut resource in resources.into_vec() {
        if managed && let Some(labels) = resource.metadata_map("labels") {
            labels.insert(MANAGED_BY.0.to_owned(), json!(MANAGED_BY.1));
        }
        let keep = |key: &str| {
            let internal = key.starts_with(INTERNAL_PREFIX) || INTERNAL.contains(&key);
            let unwanted =
                (key == provenance::ORIGIN && !origins) || (key == provenance::TRANSFORMATIONS && !transformations);
            !internal && !unwanted
        };
        clean_annotations(&mut resource, &keep);
        match Manifest::new(resource.value, resource.origin) {
            Ok(manifest) => manifests.push(manifest),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(manifests) } else { Err(Failure(problems)) }
}

/// Makes every annotation a text, as Kubernetes has them, and removes those not kept; no empty map stays.
fn clean_annotations(resource: &mut Resource, keep: &dyn Fn(&str) -> bool) {
    let Some(annotations) = resource.value.pointer("/metadata/annotations") else { return };
    let text = |key: &str, value: &Value| Value::String(resource.text_at(&["metadata", "annotations", key], value));
    let kept: Map<String, Value> = annotations
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| keep(key))
        .map(|(key, value)| (key.clone(), text(key, value)))
        .collect();
    let Some(Value::Object(metadata)) = resource.value.get_mut("metadata") else { return };
    if kept.is_empty() {
        metadata.remove("annotations");
    } else {
        metadata.insert("annotations".to_owned(), Value::Object(kept));
    }
}
