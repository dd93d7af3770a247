//! Values by paths with dots.

use crate::template::Value;
use crate::template::value::Map;

/// The table at a path.
pub(super) fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(values.clone(), |table, name| match table.get(name.as_bytes()) {
        Some(Value::Map(table)) => Some(table),
        _ => None,
    })
}

/// What stands at a path and is no table.
pub(super) fn value(values: &Map, path: &str) -> Option<Value> {
    let value = match path.rsplit_once('.') {
        Some((parent, name)) => table(values, parent)?.get(name.as_bytes()),
        None => values.get(path.as_bytes()),
    };
    value.filter(|value| !matches!(value, Value::Map(_)))
}
