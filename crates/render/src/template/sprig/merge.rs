//! Merging and copying maps, as Go's mergo and copystructure do.

use crate::template::function::{Call, Failure};
use crate::template::value::{List, Map, Value};

/// Deeper values are not copied or merged: only a map that contains itself is that deep.
const MAX_DEPTH: usize = 500;

/// Whether what the target has already is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overwrite {
    Yes,
    No,
}

/// Adds what the source has to the target, maps inside of maps too.
pub(super) fn merge(call: &mut Call<'_>, target: &Map, source: &Map, overwrite: Overwrite) -> Result<(), Failure> {
    call.changes(target);
    merge_at(call, target, source, overwrite, 0)
}

fn merge_at(
    call: &mut Call<'_>,
    target: &Map,
    source: &Map,
    overwrite: Overwrite,
    depth: usize,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::message("the maps to merge contain themselves"));
    }
    if target.is_same(source) {
        return Ok(());
    }
    for (key, value) in source.entries() {
        call.produce(size_of::<Value>())?;
        let existing = target.get(&key);
        let has_content = existing.as_ref().is_some_and(Value::is_true);
        match (&value, &existing) {
            (Value::Nil, _) => {
                if overwrite == Overwrite::Yes {
                    target.insert(key, value);
                }
                continue;
            }
            (Value::Map(from), Some(Value::Map(into))) => {
                merge_at(call, into, from, overwrite, depth + 1)?;
                if has_content {
                    continue;
                }
            }
            // A list is taken as a whole, and only as a replacement.
            (Value::List(_) | Value::Bytes(_), _) if has_content && overwrite == Overwrite::No => continue,
            _ => {}
        }
        if overwrite == Overwrite::Yes || !has_content {
            target.insert(key, value);
        }
    }
    Ok(())
}

/// A copy that shares nothing with the value.
pub(super) fn deep_copy(call: &mut Call<'_>, value: &Value) -> Result<Value, Failure> {
    if let Value::Nil = value {
        return Err(Failure::message("reflect: call of reflect.Value.Type on zero Value"));
    }
    copy_at(call, value, 0)
}

fn copy_at(call: &mut Call<'_>, value: &Value, depth: usize) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::message("the value to copy contains itself"));
    }
    call.produce(size_of::<Value>())?;
    Ok(match value {
        Value::Map(map) if map.is_nil() => value.clone(),
        Value::List(list) if list.is_nil() => value.clone(),
        Value::Map(map) => {
            let mut copied = std::collections::BTreeMap::new();
            for (key, value) in map.entries() {
                copied.insert(key, copy_at(call, &value, depth + 1)?);
            }
            Value::Map(match map.named() {
                Some(named) => Map::named_of(named.clone(), map.element(), copied),
                None => Map::of(map.element(), copied),
            })
        }
        Value::List(list) => {
            let items = list.items().iter().map(|item| copy_at(call, item, depth + 1));
            let copied = List::of(list.element(), items.collect::<Result<Vec<_>, Failure>>()?);
            Value::List(match list.named() {
                Some(named) => copied.with_type(named.clone()),
                None => copied,
            })
        }
        other => other.clone(),
    })
}
