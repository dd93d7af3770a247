//! What a value is to structured merge: a leaf, an object or a list; by its type, and by the value where nothing is
//! known of the type.

use serde_json::{Map, Value};

use super::path::PathElement;
use crate::topology::{ListKind, Relation, Shape, Type};

/// A value's kind. A value that contradicts its type is one leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Atom<'t> {
    /// One value.
    Leaf,
    /// An object.
    Map(Relation),
    /// A list.
    List(&'t ListKind),
}

impl<'t> Atom<'t> {
    /// The kind of `value` where a `ty` is expected. An absent or null value takes whatever form it can have.
    pub(super) fn of(ty: Type<'t>, value: Option<&Value>) -> Atom<'t> {
        match (ty.shape(), value) {
            (Shape::Deduced, None | Some(Value::Null | Value::Object(_))) => Atom::Map(Relation::Granular),
            (Shape::Deduced, Some(Value::Array(_))) => Atom::List(&ListKind::Atomic),
            (Shape::Map(map), None | Some(Value::Null | Value::Object(_))) => Atom::Map(map.relation),
            (Shape::List(list), None | Some(Value::Null | Value::Array(_))) => Atom::List(&list.kind),
            (Shape::Deduced | Shape::Scalar | Shape::Map(_) | Shape::List(_), _) => Atom::Leaf,
        }
    }
}

/// The entries of a value that is an object.
pub(super) fn entries(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

/// The items of a value that is a list.
pub(super) fn items(value: Option<&Value>) -> Option<&[Value]> {
    value.and_then(Value::as_array).map(Vec::as_slice)
}

/// Whether both of two objects or lists are missing, null or empty: such a pair is compared as one value, so that the
/// difference between empty and null is kept.
pub(super) fn both_empty(left: Option<usize>, right: Option<usize>) -> bool {
    left.unwrap_or(0) == 0 && right.unwrap_or(0) == 0
}

/// What tells an item of a set or of a keyed list apart; `None` for an item that cannot be one.
pub(super) fn identify(kind: &ListKind, item: &Value) -> Option<PathElement> {
    match kind {
        ListKind::Atomic => None,
        ListKind::Set => match item {
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(PathElement::Value(item.clone())),
        },
        ListKind::Keyed(keys) => {
            let object = item.as_object()?;
            let mut values: Vec<(String, Value)> = keys
                .iter()
                .filter_map(|key| {
                    let value = object.get(&key.name).or(key.default.as_ref())?;
                    Some((key.name.clone(), value.clone()))
                })
                .collect();
            values.sort_by(|left, right| left.0.cmp(&right.0));
            (!values.is_empty()).then_some(PathElement::Key(values))
        }
    }
}
