//! Differences and changes, for people.

mod changes;
mod compare;
mod path;

pub use changes::{Change, ChangeKind, ChangeSet};
use compare::comparable;

pub use compare::changed_fields;
pub(crate) use path::join;

use manifest::Redacted;
use serde_json::Value;
use similar::TextDiff;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// One object before and after, as a unified diff of YAML; empty if nothing differs.
///
/// What the API server keeps for itself (`managedFields`, `resourceVersion`, `uid`, `status`, …) is left out, and the
/// values of Secrets are masked so that only whether they differ can be seen.
pub fn unified(before: Option<&Value>, after: Option<&Value>) -> String {
    let (before, after) = match (before.map(comparable), after.map(comparable)) {
        (Some(before), Some(after)) => {
            let (before, after) = Redacted::pair(&before, &after);
            (before.to_string(), after.to_string())
        }
        (before, after) => {
            let text =
                |object: Option<Value>| object.map(|object| Redacted::new(&object).to_string()).unwrap_or_default();
            (text(before), text(after))
        }
    };
    TextDiff::from_lines(&before, &after).unified_diff().context_radius(CONTEXT).to_string()
}
