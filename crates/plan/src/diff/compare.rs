use serde_json::Value;

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
pub fn comparable(object: &Value) -> Value {
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
    let empty = serde_json::Map::new();
    let fields = |object: &'_ Value| object.as_object().unwrap_or(&empty).clone();
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names.into_iter().filter(|name| !matches!(name.as_str(), "metadata" | "status")) {
        let value = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or(Value::Null);
        different(&value(&before), &value(&after), name, &mut paths);
    }
    paths
}

fn different(before: &Value, after: &Value, path: &str, paths: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let value =
                    |object: &'_ serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                different(&value(before), &value(after), &join(path, key), paths);
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
