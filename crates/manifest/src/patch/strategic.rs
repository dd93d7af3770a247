//! Strategic merge patch, in the dialect of the API server and in kustomize's.

use serde_json::Value;

use crate::topology::Topology;

/// Whose rules a patch follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The API server's and kubectl's: `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`; new
    /// list items are appended.
    Kubernetes,
    /// kustomize's: only `$patch: delete|replace|merge`; new list items are prepended; a null deletes, also from added
    /// objects.
    Kustomize,
}

/// Why a strategic merge patch cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategicError {
    /// An item of a merged list cannot be told from the others.
    #[error("{path}: an item has no `{key}`, by which this list is merged: add it to {item}")]
    MissingMergeKey {
        /// Path of the list.
        path: String,
        /// The merge key.
        key: String,
        /// The item, as JSON.
        item: String,
    },
}

/// `target` with `patch` merged into it. `None` when the patch deletes the whole object, which only kustomize's
/// dialect does (`$patch: delete` at the top).
///
/// `topology` is [`crate::topology::builtin`] for [`Dialect::Kubernetes`] and [`crate::topology::kustomize`] (or the
/// kustomization's `openapi.path`) for [`Dialect::Kustomize`]; without one, every list is replaced.
pub fn apply(
    target: &Value,
    patch: &Value,
    topology: Option<&Topology>,
    dialect: Dialect,
) -> Result<Option<Value>, StrategicError> {
    todo!("{target} {patch} {topology:?} {dialect:?}")
}
