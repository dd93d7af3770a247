//! Differences and changes, for people.

mod changes;
mod compare;
mod mask;
mod path;

pub use changes::{Change, ChangeKind, ChangeSet};
pub use compare::{changed_fields, comparable};
pub(crate) use path::join;

use manifest::yaml;
use serde_json::Value;
use similar::TextDiff;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// One object before and after, as a unified diff of YAML; empty if nothing differs.
///
/// What the API server keeps for itself (`managedFields`, `resourceVersion`, `uid`, `status`, …) is left out, and the
/// values of Secrets are masked so that only whether they differ can be seen.
pub fn unified(before: Option<&Value>, after: Option<&Value>) -> String {
    let (before, after) = mask::pair(before.map(comparable), after.map(comparable));
    let text = |object: Option<Value>| object.as_ref().map(yaml::write).unwrap_or_default();
    let (before, after) = (text(before), text(after));
    TextDiff::from_lines(&before, &after).unified_diff().context_radius(CONTEXT).to_string()
}
