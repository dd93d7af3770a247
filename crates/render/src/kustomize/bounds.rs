//! What one build may cost: repositories are hostile input, and a few lines of YAML can ask for any amount of work.

use std::cell::Cell;

use manifest::Value;

use super::problem::Problem;

/// How many kustomizations may refer to each other in a row.
pub(crate) const MAX_DEPTH: usize = 64;
/// How many kustomizations one build may go through, each as often as it is referred to.
const MAX_KUSTOMIZATIONS: usize = 20_000;
/// How many resources one build may read, each as often as it is read.
const MAX_RESOURCES: usize = 200_000;
/// How many bytes one object may grow to.
pub(crate) const MAX_OBJECT: usize = 16 << 20;

/// What is left of a build's means.
#[derive(Debug)]
pub(crate) struct Budget {
    kustomizations: Cell<usize>,
    resources: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { kustomizations: Cell::new(MAX_KUSTOMIZATIONS), resources: Cell::new(MAX_RESOURCES) }
    }
}

impl Budget {
    /// Takes one kustomization.
    pub(crate) fn kustomization(&self) -> Result<(), Problem> {
        take(&self.kustomizations, 1).ok_or(Problem::TooMany { what: "kustomizations", limit: MAX_KUSTOMIZATIONS })
    }

    /// Takes `count` resources.
    pub(crate) fn resources(&self, count: usize) -> Result<(), Problem> {
        take(&self.resources, count).ok_or(Problem::TooMany { what: "resources", limit: MAX_RESOURCES })
    }
}

fn take(left: &Cell<usize>, count: usize) -> Option<()> {
    left.set(left.get().checked_sub(count)?);
    Some(())
}

/// Refuses an object that has grown too large.
pub(crate) fn check_size(object: &Value) -> Result<(), Problem> {
    if size(object) > MAX_OBJECT { Err(Problem::TooLarge { limit: MAX_OBJECT }) } else { Ok(()) }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 8,
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 8,
        Value::Object(fields) => fields.iter().map(|(key, field)| key.len() + size(field)).sum::<usize>() + 8,
    }
}
