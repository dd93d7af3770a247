//! Two tables become one.

use std::collections::BTreeSet;

use super::{Warning, copy};
use crate::template::Value;
use crate::template::value::{Map, Text};

/// What becomes of a `null` over a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It takes the default away and goes with it.
    Delete,
    /// It stays, for a later run that deletes.
    Keep,
}

/// The path of a name below another.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Adds what `values` does not have from `defaults`, table by table.
///
/// Tables of the defaults are taken over as they are, not copied, and the nulls of the values end up in both.
pub(super) fn fill(values: &Map, defaults: &Map, path: &str, nulls: Nulls, warnings: &mut Vec<Warning>) {
    // A null over a default takes it away; a null without one, or over another null, stays.
    let with_default: BTreeSet<Text> =
        defaults.entries().into_iter().filter(|(_, value)| !is_null(value)).map(|(key, _)| key).collect();
    for (key, value) in values.entries() {
        if is_null(&value) {
            defaults.insert(key, Value::Nil);
        }
    }
    for (key, default) in defaults.entries() {
        match (values.get(&key), &default) {
            (Some(Value::Nil), _) if nulls == Nulls::Delete && with_default.contains(&key) => values.remove(&key),
            (None, _) => values.insert(key, default.clone()),
            (Some(Value::Map(values)), Value::Map(defaults)) => {
                fill(&values, defaults, &below(path, &key.lossy()), nulls, warnings);
            }
            (Some(_), Value::Map(_)) => {
                warnings.push(Warning::table_replaced(below(path, &key.lossy()), &default));
            }
            (Some(Value::Map(_)), default) if !is_null(default) => {
                warnings.push(Warning::default_ignored(below(path, &key.lossy()), default));
            }
            (Some(_), _) => {}
        }
    }
}

/// Adds what `values` does not have from `defaults`, table by table, and keeps nulls.
pub(crate) fn fill_tables(values: &Map, defaults: &Map) -> Vec<Warning> {
    let mut warnings = Vec::new();
    fill(values, defaults, "", Nulls::Keep, &mut warnings);
    warnings
}

/// Both tables in a new one; where both have a value, that of `over` counts.
pub(crate) fn overlay(under: &Map, over: &Map) -> Map {
    let out = copy::shallow(under);
    for (key, value) in over.entries() {
        let value = match (out.get(&key), value) {
            (Some(Value::Map(under)), Value::Map(over)) => Value::Map(overlay(&under, &over)),
            (_, value) => value,
        };
        out.insert(key, value);
    }
    out
}

/// Removes the nulls of a table and of the tables in it.
pub(super) fn remove_nulls(table: &Map) {
    for (key, value) in table.entries() {
        if let Value::Map(inner) = &value {
            remove_nulls(inner);
        } else if is_null(&value) {
            table.remove(&key);
        }
    }
}

pub(super) fn is_null(value: &Value) -> bool {
    matches!(value, Value::Nil)
}
