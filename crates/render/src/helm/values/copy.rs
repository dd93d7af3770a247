//! Values that share nothing.

use crate::template::Value;
use crate::template::value::{List, Map};

/// A table of its own, with tables of its own in it.
pub(super) fn table(values: &Map) -> Map {
    values.entries().into_iter().map(|(key, value)| (key, copy(&value))).collect()
}

/// A table of its own, with the same tables in it.
pub(super) fn shallow(values: &Map) -> Map {
    values.entries().into_iter().collect()
}

fn copy(value: &Value) -> Value {
    match value {
        Value::Map(values) => Value::Map(table(values)),
        Value::List(list) => Value::List(List::of(list.element(), list.items().iter().map(copy).collect())),
        Value::Nil
        | Value::Bool(_)
        | Value::Int(..)
        | Value::Uint(..)
        | Value::Float(_)
        | Value::Complex(..)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Object(_) => value.clone(),
    }
}
