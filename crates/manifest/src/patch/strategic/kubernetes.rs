//! The API server's dialect (`k8s.io/apimachinery/pkg/util/strategicpatch`).
//!
//! Three things upstream does are not repeated here: nulls and directives inside an item that a patch adds to a list are
//! not kept (decoding into Go types drops most of them later); ordering a list that is empty on both sides is no error;
//! and the order of new items does not depend on which items the same patch deletes.

use serde_json::{Map, Value};

use super::order::{Identity, ordered};
use super::{DIRECTIVE, Place, StrategicError, item_step, text};
use crate::topology::{Patch, Strategy, Topology, Type};

const SET_ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const RETAIN_KEYS: &str = "$retainKeys";

type Object = Map<String, Value>;

/// `target` with `patch` merged into it.
pub(super) fn apply(target: &Value, patch: &Value, topology: Option<&Topology>) -> Result<Value, StrategicError> {
    let unknown = Topology::deduced();
    let root = topology.unwrap_or(&unknown).root();
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            merge_object(target.clone(), patch, root, &Place::ROOT).map(Value::Object)
        }
        (target, patch) => Err(StrategicError::WrongKind {
            path: Place::ROOT.to_string(),
            expected: kind_of(target),
            found: kind_of(patch),
        }),
    }
}

/// What a value is called in messages.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::Null => "nothing",
        Value::Bool(_) | Value::Number(_) | Value::String(_) => "a scalar",
    }
}

fn merge_object(
    mut original: Object,
    patch: &Object,
    ty: Type<'_>,
    place: &Place<'_>,
) -> Result<Object, StrategicError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(patch
                .iter()
                .filter(|(key, _)| *key != DIRECTIVE)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()),
            Some("delete") => Ok(Object::new()),
            Some(_) | None => Err(unknown_directive(directive, "`replace` or `delete`", place)),
        };
    }
    retain_keys(&mut original, patch, place)?;
    let ordered_fields = merge_ordered_lists(&mut original, patch, ty, place)?;
    for (key, value) in patch {
        if key == RETAIN_KEYS || key.starts_with(SET_ORDER) || ordered_fields.contains(&key.as_str()) {
            continue;
        }
        match key.strip_prefix(DELETE_FROM) {
            Some(field) => delete_from_list(&mut original, field, value, place)?,
            None => merge_field(&mut original, key, value, ty, place)?,
        }
    }
    Ok(original)
}

/// Sets, merges or (for a null) removes one field.
fn merge_field(
    original: &mut Object,
    key: &str,
    value: &Value,
    ty: Type<'_>,
    place: &Place<'_>,
) -> Result<(), StrategicError> {
    if value.is_null() {
        original.remove(key);
        return Ok(());
    }
    let place = place.field(key);
    let declared = ty.declared(key).and_then(|(field, _)| field.patch.as_ref());
    let merged = match (original.remove(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => match strategy_of(declared) {
            Strategy::Replace => Some(value.clone()),
            Strategy::Merge | Strategy::Default => Some(Value::Object(merge_object(old, new, ty.field(key), &place)?)),
        },
        (Some(Value::Array(old)), Value::Array(new)) => {
            Some(Value::Array(merge_lists(old, new, declared, ty.field(key), &place)?))
        }
        (Some(_) | None, new) => added(new),
    };
    if let Some(merged) = merged {
        original.insert(key.to_owned(), merged);
    }
    Ok(())
}

fn strategy_of(declared: Option<&Patch>) -> Strategy {
    declared.map_or(Strategy::Default, |patch| patch.strategy)
}

/// A value the object did not have before: without nulls and without directives. `None` for a value that only says
/// what to delete or replace.
fn added(value: &Value) -> Option<Value> {
    match value {
        Value::Object(object) if object.contains_key(DIRECTIVE) => None,
        Value::Object(object) => Some(Value::Object(
            object
                .iter()
                .filter(|(key, value)| !value.is_null() && !is_directive(key))
                .filter_map(|(key, value)| Some((key.clone(), added(value)?)))
                .collect(),
        )),
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(added).collect())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

fn is_directive(key: &str) -> bool {
    key == RETAIN_KEYS || key.starts_with(SET_ORDER) || key.starts_with(DELETE_FROM)
}

/// `$retainKeys`: the fields of the original that are not listed go.
fn retain_keys(original: &mut Object, patch: &Object, place: &Place<'_>) -> Result<(), StrategicError> {
    let Some(list) = patch.get(RETAIN_KEYS) else { return Ok(()) };
    let list = as_list(list, RETAIN_KEYS, place)?;
    let retained = |key: &str| list.iter().any(|entry| entry.as_str() == Some(key));
    let left_out = patch.iter().find(|(key, value)| !value.is_null() && !is_directive(key) && !retained(key));
    if let Some((field, _)) = left_out {
        return Err(StrategicError::NotRetained { path: place.to_string(), field: field.clone() });
    }
    original.retain(|key, _| retained(key));
    Ok(())
}

/// `$deleteFromPrimitiveList/field`: these values go from the list.
fn delete_from_list(
    original: &mut Object,
    field: &str,
    values: &Value,
    place: &Place<'_>,
) -> Result<(), StrategicError> {
    if values.is_null() {
        original.remove(field);
        return Ok(());
    }
    let values = as_list(values, &format!("{DELETE_FROM}{field}"), place)?;
    if let Some(Value::Array(items)) = original.get_mut(field) {
        items.retain(|item| !values.contains(item));
    }
    Ok(())
}

/// `$setElementOrder/field`: merges the field and puts its items in that order. Returns the fields it dealt with.
fn merge_ordered_lists<'p>(
    original: &mut Object,
    patch: &'p Object,
    ty: Type<'_>,
    place: &Place<'_>,
) -> Result<Vec<&'p str>, StrategicError> {
    let mut done = Vec::new();
    for (directive, wanted) in patch {
        let Some(field) = directive.strip_prefix(SET_ORDER) else { continue };
        let wanted = as_list(wanted, directive, place)?;
        let here = place.field(field);
        let old = list_at(original.get(field), &here)?;
        let new = list_at(patch.get(field).filter(|value| !value.is_null()), &here)?;
        let declared = ty.declared(field).and_then(|(field, _)| field.patch.as_ref());
        let identity = identity_of(declared);
        if let Some(new) = new {
            check_order(new, wanted, identity, field, place)?;
        }
        let merged = match (old, new) {
            (None, None) => continue,
            (Some(old), None) => old.to_vec(),
            (None, Some(new)) => new.iter().filter_map(added).collect(),
            (Some(old), Some(new)) => merge_lists(old.to_vec(), new, declared, ty.field(field), &here)?,
        };
        if let Identity::Key(key) = identity {
            require_key(&merged, key, &here)?;
            require_key(wanted, key, &here)?;
        }
        let merged = ordered(merged, wanted, old.unwrap_or_default(), identity);
        original.insert(field.to_owned(), Value::Array(merged));
        if patch.contains_key(field) {
            done.push(field);
        }
    }
    Ok(done)
}

fn list_at<'v>(value: Option<&'v Value>, place: &Place<'_>) -> Result<Option<&'v [Value]>, StrategicError> {
    match value {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => {
            Err(StrategicError::WrongKind { path: place.to_string(), expected: "a list", found: kind_of(other) })
        }
    }
}

/// The items that a patch sets must come in the order that the patch asks for.
fn check_order(
    items: &[Value],
    wanted: &[Value],
    identity: Identity<'_>,
    field: &str,
    place: &Place<'_>,
) -> Result<(), StrategicError> {
    let mut wanted_left = wanted.iter();
    if wanted.is_empty() {
        return Ok(());
    }
    for item in items.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
        if !wanted_left.any(|wanted| identity.of(wanted) == identity.of(item)) {
            return Err(StrategicError::OrderMismatch { path: place.to_string(), field: field.to_owned() });
        }
    }
    Ok(())
}

fn identity_of(declared: Option<&Patch>) -> Identity<'_> {
    match declared.and_then(|patch| patch.merge_key.as_deref()) {
        Some(key) => Identity::Key(key),
        None => Identity::Itself,
    }
}

fn merge_lists(
    old: Vec<Value>,
    new: &[Value],
    declared: Option<&Patch>,
    ty: Type<'_>,
    place: &Place<'_>,
) -> Result<Vec<Value>, StrategicError> {
    if strategy_of(declared) != Strategy::Merge {
        return Ok(new.to_vec());
    }
    let Some(first) = old.iter().chain(new).next() else { return Ok(old) };
    let kind = std::mem::discriminant(first);
    let mixed = old.iter().chain(new).any(|item| std::mem::discriminant(item) != kind);
    if mixed || first.is_array() {
        return Err(StrategicError::MixedItems { path: place.to_string() });
    }
    if !first.is_object() {
        let mut merged: Vec<Value> = Vec::with_capacity(old.len() + new.len());
        for item in old.iter().chain(new) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(ordered(merged, new, &old, Identity::Itself));
    }
    let Some(key) = declared.and_then(|patch| patch.merge_key.as_deref()) else {
        return Err(StrategicError::NoMergeKey { path: place.to_string() });
    };
    merge_items(old, new, key, ty.element(), place)
}

/// Merges a list of objects item by item.
fn merge_items(
    mut old: Vec<Value>,
    new: &[Value],
    key: &str,
    ty: Type<'_>,
    place: &Place<'_>,
) -> Result<Vec<Value>, StrategicError> {
    let identity = Identity::Key(key);
    require_key(new.iter().filter(|item| item.get(DIRECTIVE).and_then(Value::as_str) != Some("replace")), key, place)?;
    let mut items = Vec::new();
    let mut replaced = false;
    for item in new {
        match item.get(DIRECTIVE) {
            None => items.push(item.clone()),
            Some(directive) => match directive.as_str() {
                Some("delete") => old.retain(|other| identity.of(other) != identity.of(item)),
                Some("replace") => replaced = true,
                Some(_) | None => return Err(unknown_directive(directive, "`delete` or `replace`", place)),
            },
        }
    }
    if replaced {
        return Ok(items);
    }
    let live = old.clone();
    for item in &items {
        match (identity.position(&old, item), item) {
            (Some(index), Value::Object(patch)) => {
                let step = item_step(key, identity.of(item));
                let here = place.field(&step);
                let Value::Object(original) = old[index].take() else {
                    return Err(StrategicError::MixedItems { path: place.to_string() });
                };
                old[index] = Value::Object(merge_object(original, patch, ty, &here)?);
            }
            (Some(_) | None, item) => old.extend(added(item)),
        }
    }
    require_key(&old, key, place)?;
    Ok(ordered(old, &items, &live, identity))
}

fn require_key<'v>(
    items: impl IntoIterator<Item = &'v Value>,
    key: &str,
    place: &Place<'_>,
) -> Result<(), StrategicError> {
    match items.into_iter().find(|item| item.get(key).is_none()) {
        None => Ok(()),
        Some(item) => Err(StrategicError::MissingMergeKey {
            path: place.to_string(),
            key: key.to_owned(),
            item: item.to_string(),
        }),
    }
}

fn as_list<'v>(value: &'v Value, directive: &str, place: &Place<'_>) -> Result<&'v [Value], StrategicError> {
    match value.as_array() {
        Some(items) => Ok(items),
        None => Err(StrategicError::DirectiveNotAList { path: place.to_string(), directive: directive.to_owned() }),
    }
}

/// An error about the value of a `$patch`.
pub(super) fn unknown_directive(directive: &Value, allowed: &'static str, place: &Place<'_>) -> StrategicError {
    StrategicError::UnknownDirective { path: place.to_string(), directive: text(directive), allowed }
}
