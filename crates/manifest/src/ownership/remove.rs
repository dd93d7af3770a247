//! Taking fields out of a value, and taking out everything else (structured-merge-diff's `RemoveItems` and
//! `ExtractItems`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::atom::{Atom, identify};
use super::mention::mentioned;
use super::path::PathElement;
use super::set::FieldSet;
use crate::topology::{ListKind, Relation, Type};

/// What stays of an object or list that loses everything in it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Emptied<'o> {
    /// A null, so that its place is still known.
    Null,
    /// The empty object or list where somebody owns the place itself (the fields owned here), otherwise nothing.
    Owned(&'o FieldSet),
}

static NOTHING: FieldSet = FieldSet { members: BTreeSet::new(), children: BTreeMap::new() };

impl<'o> Emptied<'o> {
    fn below(self, step: &PathElement) -> Emptied<'o> {
        match self {
            Emptied::Null => Emptied::Null,
            Emptied::Owned(owned) => Emptied::Owned(owned.children.get(step).unwrap_or(&NOTHING)),
        }
    }

    /// What stays of `before`, the value at `step`, of which `left` is left.
    fn keep(self, step: &PathElement, left: Value, before: &Value) -> Option<Value> {
        match self {
            Emptied::Null => Some(left),
            Emptied::Owned(_) if !left.is_null() || before.is_null() => Some(left),
            Emptied::Owned(owned) => owned.members.contains(step).then(|| empty_like(before)),
        }
    }
}

/// `value` without the entries and items in `gone`; null where it loses everything.
pub(super) fn without(value: &Value, gone: &FieldSet, ty: Type<'_>, emptied: Emptied<'_>) -> Value {
    let inside = |step: &PathElement, value: &Value, ty: Type<'_>| match gone.children.get(step) {
        Some(below) => emptied.keep(step, without(value, below, ty, emptied.below(step)), value),
        None => Some(value.clone()),
    };
    match Atom::of(ty, Some(value)) {
        Atom::Leaf => value.clone(),
        Atom::Map(Relation::Atomic) | Atom::List(ListKind::Atomic) => Value::Null,
        Atom::Map(Relation::Granular) => {
            let mut left = Map::new();
            for (name, entry) in value.as_object().into_iter().flatten() {
                let step = PathElement::field(name);
                if !gone.members.contains(&step) {
                    left.extend(inside(&step, entry, ty.field(name)).map(|entry| (name.clone(), entry)));
                }
            }
            if left.is_empty() { Value::Null } else { Value::Object(left) }
        }
        Atom::List(kind @ (ListKind::Set | ListKind::Keyed(_))) => {
            let mut left = Vec::new();
            for item in value.as_array().into_iter().flatten() {
                match identify(kind, item) {
                    Some(step) if gone.members.contains(&step) => {}
                    Some(step) => left.extend(inside(&step, item, ty.element())),
                    None => left.push(item.clone()),
                }
            }
            if left.is_empty() { Value::Null } else { Value::Array(left) }
        }
    }
}

/// The part of `value` that `kept` covers, with the keys of the items it goes through.
pub(super) fn project(value: &Value, kept: &FieldSet, ty: Type<'_>) -> Value {
    let present = mentioned(value, ty);
    let mut with_keys = kept.clone();
    for path in kept.paths() {
        for (depth, step) in path.0.iter().enumerate() {
            let PathElement::Key(fields) = step else { continue };
            for (name, _) in fields {
                let mut key = path.0[..=depth].to_vec();
                key.push(PathElement::field(name));
                if present.contains(&key) {
                    with_keys.insert(&key);
                }
            }
        }
    }
    extract(value, &with_keys, ty)
}

fn extract(value: &Value, kept: &FieldSet, ty: Type<'_>) -> Value {
    match Atom::of(ty, Some(value)) {
        Atom::Leaf | Atom::Map(Relation::Atomic) | Atom::List(ListKind::Atomic) => value.clone(),
        Atom::Map(Relation::Granular) => {
            let Some(entries) = value.as_object().filter(|entries| !entries.is_empty()) else { return value.clone() };
            let mut left = Map::new();
            for (name, entry) in entries {
                let step = PathElement::field(name);
                match (kept.members.contains(&step), kept.children.get(&step)) {
                    (_, Some(below)) => {
                        left.insert(name.clone(), extract(entry, below, ty.field(name)));
                    }
                    (true, None) => {
                        left.insert(name.clone(), extract(entry, &FieldSet::default(), ty.field(name)));
                    }
                    (false, None) => {}
                }
            }
            if left.is_empty() { empty_like(value) } else { Value::Object(left) }
        }
        Atom::List(kind @ (ListKind::Set | ListKind::Keyed(_))) => {
            let Some(items) = value.as_array().filter(|items| !items.is_empty()) else { return value.clone() };
            let mut left = Vec::new();
            for item in items {
                let Some(step) = identify(kind, item) else { continue };
                match (kept.members.contains(&step), kept.children.get(&step)) {
                    (_, Some(below)) => left.push(extract(item, below, ty.element())),
                    (true, None) => left.push(item.clone()),
                    (false, None) => {}
                }
            }
            if left.is_empty() { empty_like(value) } else { Value::Array(left) }
        }
    }
}

/// What stands for a container of which only the container itself is covered.
fn empty_like(value: &Value) -> Value {
    match value {
        Value::Object(_) => Value::Object(Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
