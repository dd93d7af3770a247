//! Who owns which field: server-side apply's structured merge and `metadata.managedFields`.
//!
//! The rules are those of `sigs.k8s.io/structured-merge-diff` v6 and of apimachinery's `managedfields`. All entries of
//! an object are compared in the version the request is in; nothing is converted.

mod atom;
mod compare;
mod conflict;
mod fields_v1;
mod managed;
mod mention;
mod merge;
mod operation;
mod path;
mod prune;
mod reconcile;
mod remove;
mod scalar;
mod set;
#[cfg(test)]
mod tests;

pub use conflict::{ApplyError, Conflict};
pub use managed::{Entry, ManagedFields, ManagedFieldsError, OperationKind, absorb};
pub use operation::{Conflicts, Operation, apply, update};
pub use path::{Path, PathElement};
pub use set::FieldSet;
