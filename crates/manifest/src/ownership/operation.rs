//! What a write does to an object and to who owns its fields.

use serde_json::Value;

use super::conflict::ApplyError;
use super::set::FieldSet;
use crate::topology::Topology;

/// What to do about fields that other managers own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Refuse the apply.
    Fail,
    /// Take the fields over.
    Force,
}

/// Who writes, when, and through what.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// Name of the field manager; an empty one is recorded as `unknown`.
    pub manager: &'a str,
    /// Subresource written to, such as `status`; empty for the object itself.
    pub subresource: &'a str,
    /// The time to record, RFC 3339 in UTC with seconds.
    pub now: &'a str,
    /// How the type merges.
    pub topology: &'a Topology,
    /// Fields that a write through this endpoint cannot set and so never owns, with all below them: `status` for the
    /// object itself, all but `status` for its status.
    pub ignored: &'a FieldSet,
}

/// Server-side apply: `live` (`None` when the object does not exist) with `applied` merged in, fields removed that the
/// manager applied before and no longer does and nobody else owns, and `metadata.managedFields` brought up to date.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    conflicts: Conflicts,
    operation: &Operation<'_>,
) -> Result<Value, ApplyError> {
    todo!("{live:?} {applied} {conflicts:?} {operation:?}")
}

/// Any other write (create, update, patch): `new` with `metadata.managedFields` brought up to date for what changed
/// since `old` (`None` on create).
pub fn update(old: Option<&Value>, new: &Value, operation: &Operation<'_>) -> Value {
    todo!("{old:?} {new} {operation:?}")
}
