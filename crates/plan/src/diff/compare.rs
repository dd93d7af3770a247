use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::join;

/// Metadata that the API server keeps for itself.
const SERVER_METADATA: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The object without what the API server keeps for itself and without status.
pub(super) fn comparable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| !SERVER_METADATA.contains(&field.as_str()));
        }
    }
    object
}

/// The paths of the fields that differ between a live object and the same object after a dry run. As in Flux, of the
/// metadata only labels and annotations count, status does not, and an empty value equals a missing one.
pub fn changed_fields(before: &Value, after: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for place in ["labels", "annotations"] {
        let path = join("metadata", place);
        different(&before["metadata"][place], &after["metadata"][place], &path, &mut paths);
    }
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let names: BTreeSet<&str> =
        names.map(String::as_str).filter(|name| !["metadata", "status"].contains(name)).collect();
    for name in names {
        different(&before[name], &after[name], name, &mut paths);
    }
    paths
}

fn different<'v>(before: &'v Value, after: &'v Value, path: &str, paths: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
                let value = |object: &'v Map<String, Value>| object.get(key).unwrap_or(&Value::Null);
                different(value(before), value(after), &join(path, key), paths);
            }
        }
        (Value::Array(before), Value::Array(after)) => lists(before, after, path, paths),
        _ if equal(before, after) => {}
        _ => paths.push(path.to_owned()),
    }
}

/// Lists of named items compare by name where the names are the same in the same order, other lists by position.
fn lists(before: &[Value], after: &[Value], path: &str, paths: &mut Vec<String>) {
    if before.len() != after.len() {
        return paths.push(path.to_owned());
    }
    for (index, (before, after)) in before.iter().zip(after).enumerate() {
        let name = match (before["name"].as_str(), after["name"].as_str()) {
            (Some(a), Some(b)) if a == b => format!("name={a}"),
            _ => index.to_string(),
        };
        different(before, after, &format!("{path}[{name}]"), paths);
    }
}

fn equal(before: &Value, after: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match (before, after) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => before == after || (empty(before) && empty(after)),
    }
}
