//! Conflicts between managers.

use super::managed::{Entry, ManagedFieldsError, ManagerId, OperationKind};
use super::path::Path;

/// A field that an apply would change although another manager owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub(super) fn new(owner: &Entry, path: Path) -> Conflict {
        Conflict {
            manager: owner.manager.clone(),
            operation: owner.operation,
            api_version: owner.api_version.clone(),
            subresource: owner.subresource.clone(),
            time: owner.time.clone(),
            path,
        }
    }

    /// `"name" using apps/v1`, as the API server names the other manager in messages and causes. The version is only
    /// named of managers that update.
    pub fn printed_manager(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text.push_str(&format!(" with subresource {:?}", self.subresource));
        }
        if self.operation == OperationKind::Update {
            text.push_str(&format!(" using {}", self.api_version));
        }
        text
    }

    fn owner(&self) -> ManagerId {
        ManagerId {
            manager: self.manager.clone(),
            operation: self.operation,
            api_version: self.api_version.clone(),
            subresource: self.subresource.clone(),
        }
    }
}

/// Why an apply is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Other managers own fields it would change. Displays as the API server's message.
    #[error("{}", message(.0))]
    Conflicts(Vec<Conflict>),
    /// A list cannot be merged: an item has none of its keys, or the applied list names one twice.
    #[error("{path}: {problem}")]
    Invalid {
        /// The list.
        path: Path,
        /// What is wrong with it.
        problem: String,
    },
    /// Who owns what in the live object cannot be read.
    #[error("failed to decode managed fields: {0}")]
    ManagedFields(#[from] ManagedFieldsError),
    /// The applied configuration has `metadata.managedFields`.
    #[error("metadata.managedFields must be nil")]
    ManagedFieldsApplied,
}

/// The API server's message: `Apply failed with 1 conflict: conflict with "x" using apps/v1: .spec.replicas`.
fn message(conflicts: &[Conflict]) -> String {
    if let [conflict] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            conflict.printed_manager(),
            conflict.path
        );
    }
    let mut owners: Vec<ManagerId> = conflicts.iter().map(Conflict::owner).collect();
    owners.sort_unstable();
    owners.dedup();
    let mut lines = Vec::new();
    for owner in owners {
        let mut of_owner = conflicts.iter().filter(|conflict| conflict.owner() == owner).peekable();
        lines.extend(of_owner.peek().map(|conflict| format!("conflicts with {}:", conflict.printed_manager())));
        lines.extend(of_owner.map(|conflict| format!("- {}", conflict.path)));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}
