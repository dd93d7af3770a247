//! The values of a release: those of ConfigMaps and Secrets, and those of the spec.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::ObjectRef;
use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{ValuesKind, ValuesReference};
use manifest::{GroupVersionKind, Value};
use render::helm::values_from::{Form, Holder, Presence, Reference, compose};
use serde_json::Map;

use super::halt::Halt;
use crate::stages::work::Work;

/// The values of a run, from watched objects.
pub(super) async fn collect(work: &Work<'_>, release: &HelmRelease) -> Result<Map<String, Value>, Halt> {
    let found = work.engine.references.read(&work.subject, work.mailbox, &references(release)).await?;
    merge(release, &found)
}

/// The ConfigMaps and Secrets that a release takes values from.
pub fn references(release: &HelmRelease) -> BTreeSet<ObjectRef> {
    release.spec.values_from.iter().map(|reference| object_of(reference, release)).collect()
}

/// Puts the values of a release together. `found` holds what [`references`] names.
///
/// # Errors
///
/// If something that is needed is not there, or is not what it should be.
pub fn merge(
    release: &HelmRelease,
    found: &BTreeMap<ObjectRef, Option<Arc<Value>>>,
) -> Result<Map<String, Value>, Halt> {
    let own = release.values().map_err(Halt::Invalid)?;
    let data: Vec<Option<BTreeMap<String, Vec<u8>>>> = release
        .spec
        .values_from
        .iter()
        .map(|reference| {
            let object = found.get(&object_of(reference, release)).and_then(Option::as_deref);
            object.map(|object| data_of(object, reference.kind))
        })
        .collect();
    let references: Vec<Reference<'_>> = release
        .spec
        .values_from
        .iter()
        .zip(&data)
        .map(|(reference, data)| Reference {
            kind: match reference.kind {
                ValuesKind::ConfigMap => Holder::ConfigMap,
                ValuesKind::Secret => Holder::Secret,
            },
            name: &reference.name,
            key: reference.key(),
            form: match (reference.target_path.as_str(), reference.literal) {
                ("", _) => Form::File,
                (path, false) => Form::At(path),
                (path, true) => Form::LiteralAt(path),
            },
            presence: if reference.optional { Presence::Optional } else { Presence::Required },
            data: data.as_ref(),
        })
        .collect();
    let composed = compose(&release.metadata.namespace, &own, &references);
    Ok(composed.map_err(|error| Halt::Values(error.to_string()))?.json)
}

/// Puts values over others, table by table.
pub(super) fn put_over(below: &mut Map<String, Value>, above: Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => put_over(old, new),
            (_, value) => drop(below.insert(key, value)),
        }
    }
}

/// The entries of a ConfigMap or Secret. The API server takes nothing into a Secret that is not base64.
fn data_of(object: &Value, kind: ValuesKind) -> BTreeMap<String, Vec<u8>> {
    let entries = object["data"].as_object().into_iter().flatten();
    entries
        .map(|(key, value)| {
            let text = value.as_str().unwrap_or_default();
            let bytes = match kind {
                ValuesKind::ConfigMap => text.as_bytes().to_vec(),
                ValuesKind::Secret => STANDARD.decode(text).unwrap_or_default(),
            };
            (key.clone(), bytes)
        })
        .collect()
}

fn object_of(reference: &ValuesReference, release: &HelmRelease) -> ObjectRef {
    let gvk = GroupVersionKind::from_api_version("v1", reference.kind.name());
    ObjectRef::new(gvk, &release.metadata.namespace, &reference.name)
}
