//! The API server's own rules for built-in kinds, beyond what a schema can say, and for the metadata of every kind.

mod metadata;
mod names;

use serde_json::Value;

use crate::registry::{FieldError, Resource};

/// Every broken rule of a new object.
pub(super) fn create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    metadata::check(resource, object)
}

/// Every broken rule of a changed object, changes to immutable fields included.
pub(super) fn update(resource: &Resource, old: &Value, new: &Value) -> Vec<FieldError> {
    metadata::check_update(resource, old, new)
}

/// Carries what the server assigned into an update that leaves it out.
pub(super) fn carry_over(_resource: &Resource, _old: &Value, _new: &mut Value) {}

/// Rewrites what is only a convenience of writing.
pub(super) fn prepare(_resource: &Resource, _object: &mut Value) {}
