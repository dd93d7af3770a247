//! Reading the fields that rules look at.

use serde_json::Value;

/// One of an object's `status.conditions`.
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    /// The generation it is about, where it says.
    pub(super) generation: Option<i64>,
}

/// The conditions in a list.
pub(super) fn conditions(list: &Value) -> impl Iterator<Item = Condition<'_>> {
    list.as_array().into_iter().flatten().map(|condition| Condition {
        kind: text(condition, "/type"),
        status: text(condition, "/status"),
        reason: text(condition, "/reason"),
        message: text(condition, "/message"),
        generation: integer(condition, "/observedGeneration"),
    })
}

/// The condition of a type in an object's `status.conditions`.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    conditions(&object["status"]["conditions"]).find(|condition| condition.kind == kind)
}

/// A text, empty where it is missing.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number.
pub(super) fn integer(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// A whole number, or what stands for a missing one.
pub(super) fn count(object: &Value, pointer: &str, missing: i64) -> i64 {
    integer(object, pointer).unwrap_or(missing)
}
