//! Defaults of built-in kinds.

use serde_json::Value;

use crate::registry::Resource;

/// Fills in what a built-in object leaves open.
pub(super) fn apply(_resource: &Resource, _object: &mut Value) {}
