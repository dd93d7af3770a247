//! How a reconciliation ends.

use std::time::Duration;

use kinds::flux::helm_release::ReleaseAction;

/// How a reconciliation ends, and when there is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All is as it should be: again after the interval.
    Done,
    /// An action failed and is tried again after this long.
    RetryAfter(Duration),
    /// There is more to do: again at once, or after a while if this goes on.
    Again,
    /// Nothing more is tried before something changes.
    Stalled(Stall),
    /// Something failed without a trace in Helm's storage: again after a while.
    Failed(String),
}

impl End {
    /// Whether the generation counts as handled.
    pub fn observes_generation(&self) -> bool {
        match self {
            End::Done | End::RetryAfter(_) | End::Stalled(_) => true,
            End::Again | End::Failed(_) => false,
        }
    }
}

/// Why nothing more is tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stall {
    /// It failed more often than it may.
    #[error("Failed to {} after {failures} attempt(s)", action.map_or("", ReleaseAction::name))]
    RetriesExceeded {
        /// What was tried.
        action: Option<ReleaseAction>,
        /// How often it failed.
        failures: u64,
    },
    /// There is no release to go back to.
    #[error("Failed to perform remediation: missing target release for rollback: cannot remediate failed release")]
    MissingRollbackTarget,
}

impl Stall {
    /// The reason of the Stalled condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Stall::RetriesExceeded { .. } => "RetriesExceeded",
            Stall::MissingRollbackTarget => "MissingRollbackTarget",
        }
    }
}
