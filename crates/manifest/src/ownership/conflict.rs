//! Conflicts between managers.

use super::managed::OperationKind;
use super::path::Path;

/// A field that an apply would change although another manager owns it.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The other manager.
    pub manager: String,
    /// How it came to own the field.
    pub operation: OperationKind,
    /// The version its entry is in.
    pub api_version: String,
    /// The subresource its entry is of; empty for the object itself.
    pub subresource: String,
    /// When it last wrote, if its entry says.
    pub time: Option<String>,
    /// The field.
    pub path: Path,
}

impl Conflict {
    /// `"name" using apps/v1`, as the API server names the other manager in messages and causes.
    pub fn printed_manager(&self) -> String {
        todo!()
    }
}

/// Why an apply is refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApplyError {
    /// Other managers own fields it would change. Displays as the API server's message.
    #[error("{}", super::conflict::message(.0))]
    Conflicts(Vec<Conflict>),
}

/// The API server's message: `Apply failed with 1 conflict: conflict with "x" using apps/v1: .spec.replicas`.
pub(crate) fn message(conflicts: &[Conflict]) -> String {
    todo!("{conflicts:?}")
}
