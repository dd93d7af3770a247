//! Removing what a manager applied before and no longer does (structured-merge-diff's `Updater.prune`).

use serde_json::{Map, Value};

use super::mention::mentioned;
use super::remove::{Emptied, without};
use super::set::FieldSet;
use crate::topology::Type;

/// `merged` without the fields and items that were in `last`, the manager's previous configuration, and that nobody
/// owns (`owned`, which holds the manager's new configuration too).
///
/// Upstream leaves a null where an object or list lost everything in it. Here it goes, or stays empty if somebody owns
/// it as such: for built-in kinds a null means the same as nothing, for custom resources it would rarely be valid.
pub(super) fn prune(merged: &Value, last: &FieldSet, owned: &FieldSet, ty: Type<'_>) -> Value {
    let last = last.with_declared_parents(ty);
    let all = mentioned(merged, ty).with_declared_parents(ty);

    // Removing an item removes all in it: what somebody else owns in there comes back, and the item with it.
    let removed = without(merged, &last, ty, Emptied::Null);
    let left = mentioned(&removed, ty).with_declared_parents(ty);
    let kept = left.union(&owned.with_declared_parents(ty));
    let removed = without(merged, &all.difference(&kept), ty, Emptied::Null);

    // And so does what nobody owns, unless the manager itself applied it.
    let left = mentioned(&removed, ty).with_declared_parents(ty);
    match without(merged, &all.difference(&left).intersection(&last), ty, Emptied::Owned(owned)) {
        Value::Null => Value::Object(Map::new()),
        pruned => pruned,
    }
}
