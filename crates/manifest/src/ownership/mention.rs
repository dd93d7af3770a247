//! Which fields a value mentions (structured-merge-diff's `ToFieldSet`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::atom::{Atom, identify};
use super::path::PathElement;
use super::set::FieldSet;
use crate::topology::{ListKind, Relation, Type};

/// The fields that `value` mentions.
pub(super) fn mentioned(value: &Value, ty: Type<'_>) -> FieldSet {
    let mut set = FieldSet::default();
    below(value, ty, &mut set);
    set
}

/// Whether the place of the value is itself a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Member,
    Parent,
}

/// Adds what lies below `value` to `set`.
fn below(value: &Value, ty: Type<'_>, set: &mut FieldSet) -> Place {
    match Atom::of(ty, Some(value)) {
        Atom::Leaf | Atom::Map(Relation::Atomic) | Atom::List(ListKind::Atomic) => Place::Member,
        Atom::Map(Relation::Granular) => {
            for (key, entry) in value.as_object().into_iter().flatten() {
                let empty = entry.is_null() || entry.as_object().is_some_and(serde_json::Map::is_empty);
                let place = enter(PathElement::field(key), entry, ty.field(key), set);
                if place == Place::Member || empty || ty.declared(key).is_none() {
                    set.members.insert(PathElement::field(key));
                }
            }
            Place::Parent
        }
        Atom::List(kind @ (ListKind::Set | ListKind::Keyed(_))) => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let mut seen = BTreeSet::new();
            let mut twice = BTreeSet::new();
            for step in items.iter().filter_map(|item| identify(kind, item)) {
                if !seen.insert(step.clone()) {
                    twice.insert(step);
                }
            }
            for item in items {
                let Some(step) = identify(kind, item) else { continue };
                // Items that cannot be told apart are owned together.
                if !twice.contains(&step) {
                    enter(step.clone(), item, ty.element(), set);
                }
                set.members.insert(step);
            }
            Place::Parent
        }
    }
}

fn enter(step: PathElement, value: &Value, ty: Type<'_>, set: &mut FieldSet) -> Place {
    let mut child = FieldSet::default();
    let place = below(value, ty, &mut child);
    if !child.is_empty() {
        set.children.insert(step, child);
    }
    place
}
