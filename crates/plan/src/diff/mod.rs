//! Differences and changes, for people.

mod changes;

pub use changes::{Change, ChangeKind, ChangeSet};

use serde_json::Value;

/// One object before and after, as a unified diff of YAML; empty if nothing differs.
///
/// What the API server keeps for itself (`managedFields`, `resourceVersion`, `uid`, `status`, …) is left out, and the
/// values of Secrets are masked so that only whether they differ can be seen.
pub fn unified(before: Option<&Value>, after: Option<&Value>) -> String {
    let _ = (before, after);
    unimplemented!()
}

/// The paths of the fields that differ between two objects, leaving out what [`unified`] leaves out.
pub fn changed_fields(before: &Value, after: &Value) -> Vec<String> {
    let _ = (before, after);
    unimplemented!()
}
