//! What changed between two values (structured-merge-diff's `Compare`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::atom::{Atom, both_empty, entries, identify, items};
use super::path::PathElement;
use super::scalar;
use super::set::FieldSet;
use crate::topology::{Absent, ListKind, Relation, Shape, Type};

/// The fields in which two values differ. No field is in two of the sets.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) removed: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) added: FieldSet,
}

impl Comparison {
    /// What changes from `old` to `new`.
    pub(super) fn of(old: &Value, new: &Value, ty: Type<'_>) -> Comparison {
        let mut comparison = Comparison::default();
        Walk { path: Vec::new(), found: &mut comparison }.compare(Some(old), Some(new), ty);
        comparison
    }

    /// The same without some fields and all below them.
    pub(super) fn without(self, ignored: &FieldSet) -> Comparison {
        Comparison {
            removed: self.removed.recursive_difference(ignored),
            modified: self.modified.recursive_difference(ignored),
            added: self.added.recursive_difference(ignored),
        }
    }
}

struct Walk<'c> {
    path: Vec<PathElement>,
    found: &'c mut Comparison,
}

/// Whether a value was compared as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

impl Walk<'_> {
    fn compare(&mut self, old: Option<&Value>, new: Option<&Value>, ty: Type<'_>) {
        let (old_atom, new_atom) = (Atom::of(ty, old), Atom::of(ty, new));
        let whole = match (old, new) {
            (None, None) => return,
            (Some(_), None) => self.visit(old_atom, old, new, ty),
            (None, Some(_)) => self.visit(new_atom, old, new, ty),
            (Some(_), Some(_)) => {
                if old_atom != new_atom {
                    self.visit(old_atom, old, new, ty);
                }
                self.visit(new_atom, old, new, ty)
            }
        };
        if whole == Whole::No {
            match (old, new) {
                (None, _) => self.found.added.insert(&self.path),
                (Some(_), None) => self.found.removed.insert(&self.path),
                (Some(_), Some(_)) => {}
            }
        }
    }

    fn visit(&mut self, atom: Atom<'_>, old: Option<&Value>, new: Option<&Value>, ty: Type<'_>) -> Whole {
        match atom {
            Atom::Leaf | Atom::Map(Relation::Atomic) | Atom::List(ListKind::Atomic) => self.leaf(old, new),
            Atom::Map(Relation::Granular) => {
                let (left, right) = (entries(old), entries(new));
                if both_empty(left.map(Map::len), right.map(Map::len)) {
                    return self.leaf(old, new);
                }
                self.compare_entries(left, right, ty);
                Whole::No
            }
            Atom::List(kind @ (ListKind::Set | ListKind::Keyed(_))) => {
                let (left, right) = (items(old), items(new));
                if both_empty(left.map(<[Value]>::len), right.map(<[Value]>::len)) {
                    return self.leaf(old, new);
                }
                self.compare_items(kind, left.unwrap_or_default(), right.unwrap_or_default(), ty);
                Whole::No
            }
        }
    }

    fn leaf(&mut self, old: Option<&Value>, new: Option<&Value>) -> Whole {
        match (old, new) {
            (None, _) => self.found.added.insert(&self.path),
            (Some(_), None) => self.found.removed.insert(&self.path),
            (Some(old), Some(new)) if !scalar::equal(old, new) => self.found.modified.insert(&self.path),
            (Some(_), Some(_)) => {}
        }
        Whole::Yes
    }

    fn compare_entries(&mut self, old: Option<&Map<String, Value>>, new: Option<&Map<String, Value>>, ty: Type<'_>) {
        let mut names: Vec<&String> = old.into_iter().chain(new).flat_map(Map::keys).collect();
        names.sort_unstable();
        names.dedup();
        let empty_object = Value::Object(Map::new());
        for name in names {
            // What the API server's own types always hold is not new when its first field is set.
            let implied = match ty.declared(name) {
                Some((field, value)) if field.absent == Absent::Empty => match value.shape() {
                    Shape::Map(_) => Some(&empty_object),
                    Shape::Deduced | Shape::Scalar | Shape::List(_) => Some(&Value::Null),
                },
                Some(_) | None => None,
            };
            let old = old.and_then(|old| old.get(name).or(implied));
            let new = new.and_then(|new| new.get(name).or(implied));
            self.step(PathElement::field(name), old, new, ty.field(name));
        }
    }

    fn step(&mut self, step: PathElement, old: Option<&Value>, new: Option<&Value>, ty: Type<'_>) {
        self.path.push(step);
        self.compare(old, new, ty);
        self.path.pop();
    }

    fn compare_items(&mut self, kind: &ListKind, old: &[Value], new: &[Value], ty: Type<'_>) {
        let mut pairs: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for item in old {
            if let Some(step) = identify(kind, item) {
                pairs.entry(step).or_default().0.push(item);
            }
        }
        for item in new {
            if let Some(step) = identify(kind, item) {
                pairs.entry(step).or_default().1.push(item);
            }
        }
        for (step, (old, new)) in pairs {
            match (old.as_slice(), new.as_slice()) {
                (old @ ([] | [_]), new @ ([] | [_])) => {
                    self.step(step, old.first().copied(), new.first().copied(), ty.element());
                }
                // Items that cannot be told apart are compared together.
                ([_, _, ..], [_, _, ..]) => {
                    let same = old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| scalar::equal(old, new));
                    if !same {
                        self.mark(step, |found| &mut found.modified);
                    }
                }
                ([_, _, ..], new) => {
                    if let Some(new) = new.first() {
                        self.step(step.clone(), None, Some(new), ty.element());
                    }
                    self.mark(step, |found| &mut found.removed);
                }
                (old, [_, _, ..]) => {
                    if let Some(old) = old.first() {
                        self.step(step.clone(), Some(old), None, ty.element());
                    }
                    self.mark(step, |found| &mut found.added);
                }
            }
        }
    }

    fn mark(&mut self, step: PathElement, set: impl FnOnce(&mut Comparison) -> &mut FieldSet) {
        self.path.push(step);
        set(self.found).insert(&self.path);
        self.path.pop();
    }
}
