//! Bringing a recorded set up to a type that became atomic since (structured-merge-diff's
//! `ReconcileFieldSetWithSchema`): who owned something inside now owns the whole.

use super::path::{Path, PathElement};
use super::set::FieldSet;
use crate::topology::{ListKind, Relation, Shape, Type};

/// `set`, with paths below what is one value today replaced by the path of that value.
pub(super) fn reconciled(set: FieldSet, ty: Type<'_>) -> FieldSet {
    let mut wholes = Vec::new();
    find_wholes(&set, ty, &mut Vec::new(), &mut wholes);
    if wholes.is_empty() {
        return set;
    }
    let wholes = FieldSet::from_paths(wholes);
    set.recursive_difference(&wholes).union(&wholes)
}

/// Finds the places that are one value by their type, but have recorded paths below.
fn find_wholes(set: &FieldSet, ty: Type<'_>, path: &mut Vec<PathElement>, found: &mut Vec<Path>) {
    for (step, child) in &set.children {
        let below = match step {
            PathElement::Field(name) => ty.field(name),
            PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => ty.element(),
        };
        path.push(step.clone());
        let whole = match below.shape() {
            Shape::Map(map) => map.relation == Relation::Atomic,
            Shape::List(list) => list.kind == ListKind::Atomic,
            Shape::Deduced | Shape::Scalar => false,
        };
        if whole {
            found.push(Path(path.clone()));
        } else {
            find_wholes(child, below, path, found);
        }
        path.pop();
    }
}
