//! `metadata` as the server itself reads and writes it. Validation of names, labels and the like is part of `schema`.

use serde_json::{Map, Value};

use crate::registry::FieldError;

/// `metadata` of an object, made when it is missing or no object.
pub(crate) fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    match metadata {
        Value::Object(fields) => fields,
        // Replaced by an object just above.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => unreachable!(),
    }
}

/// A text field of `metadata`; empty when absent.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// `metadata.finalizers`.
pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    let list = object.get("metadata").and_then(|metadata| metadata.get("finalizers")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Sets `metadata.finalizers`, or removes it when none are left.
pub(crate) fn set_finalizers(object: &mut Value, finalizers: Vec<String>) {
    let metadata = metadata_mut(object);
    if finalizers.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), finalizers.into());
    }
}

/// Whether the object is being deleted.
pub(crate) fn is_terminating(object: &Value) -> bool {
    !text(object, "deletionTimestamp").is_empty()
}

/// Finalizers that an update adds to an object that is being deleted, which is forbidden.
pub(crate) fn late_finalizers(live: &Value, new: &Value) -> Option<FieldError> {
    if !is_terminating(live) {
        return None;
    }
    let held = finalizers(live);
    let added: Vec<String> =
        finalizers(new).into_iter().filter(|one| !held.contains(one)).map(|one| format!("\"{one}\"")).collect();
    if added.is_empty() {
        return None;
    }
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        added.join(", ")
    );
    Some(FieldError::forbidden("metadata.finalizers", &detail))
}

/// Takes the field at a JSON pointer away, and the objects around it that hold nothing else.
pub(crate) fn remove(object: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let Some(fields) = object.pointer_mut(parent).and_then(Value::as_object_mut) else { return };
    fields.remove(name);
    if fields.is_empty() && !parent.is_empty() {
        remove(object, parent);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn deletion_takes_no_new_finalizers() {
        let live = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x.io/a"]}});
        let more = json!({"metadata": {"finalizers": ["x.io/a", "x.io/b"]}});
        let error = late_finalizers(&live, &more).expect("a refusal");
        assert_eq!(
            error.to_string(),
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new \
             finalizers []string{\"x.io/b\"}"
        );
        assert_eq!(late_finalizers(&live, &json!({"metadata": {}})), None);
        assert_eq!(late_finalizers(&json!({"metadata": {}}), &more), None);
    }

    #[test]
    fn metadata_is_made_where_it_is_missing() {
        let mut object = json!({"metadata": null});
        set_finalizers(&mut object, vec!["a/b".to_owned()]);
        assert_eq!(finalizers(&object), ["a/b"]);
        set_finalizers(&mut object, Vec::new());
        assert_eq!(object, json!({"metadata": {}}));
    }
}
