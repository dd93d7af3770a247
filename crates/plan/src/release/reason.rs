//! Why a step is taken.

use std::fmt;

use super::state::{Absence, Difference, Drift, Unmanaged};
use super::stored::Status;

/// Why a step is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The release is not installed.
    Absent(Absence),
    /// The release is not installed and failed too often, but is asked for.
    AbsentForced,
    /// The release is not this HelmRelease's.
    Unmanaged(Unmanaged),
    /// The release was made from something else than is wanted.
    OutOfSync(Difference),
    /// So it was, and it failed too often, but is asked for.
    OutOfSyncForced,
    /// The release is as wanted, but an upgrade is asked for.
    InSyncForced,
    /// Somebody was stopped while at the release.
    Locked(Status),
    /// The release was not tested.
    Untested,
    /// Objects are not as the release says.
    Drifted(Drift),
    /// The release failed, and the strategy is to try again.
    Retry,
    /// The release failed, and there is no remedy.
    NoRemedy,
    /// The release failed, but something changed since.
    Changed,
    /// The release failed, and an upgrade is asked for.
    FailedForced,
    /// The release failed, and what it would go back to cannot be used.
    RollbackTarget(RollbackTarget),
    /// The release failed.
    Failed,
}

/// Why a release cannot be rolled back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollbackTarget {
    /// Helm has it no more.
    Disappeared,
    /// It is not what it was.
    Unverified(Unmanaged),
}

impl fmt::Display for RollbackTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RollbackTarget::Disappeared => f.write_str("release disappeared from storage"),
            RollbackTarget::Unverified(problem) => problem.fmt(f),
        }
    }
}

/// In helm-controller's words.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FORCED: &str = "force requested through annotation";
        match self {
            Reason::Absent(absence) => write!(f, "release not installed: {absence}"),
            Reason::AbsentForced => write!(f, "forcing install while out of retries: {FORCED}"),
            Reason::Unmanaged(unmanaged) => write!(f, "release not managed by controller: {unmanaged}"),
            Reason::OutOfSync(difference) => write!(f, "release out-of-sync with desired state: {difference}"),
            Reason::OutOfSyncForced => write!(f, "forcing upgrade while out of retries: {FORCED}"),
            Reason::InSyncForced => write!(f, "forcing upgrade for in-sync release: {FORCED}"),
            Reason::Locked(status) => write!(f, "release locked: release with status '{status}'"),
            Reason::Untested => f.write_str("release has not been tested"),
            Reason::Drifted(drift) => write!(f, "detected changes in cluster state: {drift}"),
            Reason::Retry => f.write_str("retrying upgrade for failed release"),
            Reason::NoRemedy => f.write_str("no active remediation strategy"),
            Reason::Changed => f.write_str("release conditions have changed since last failure"),
            Reason::FailedForced => write!(f, "forcing upgrade for failed release: {FORCED}"),
            Reason::RollbackTarget(problem) => {
                write!(f, "unable to verify previous release in storage to roll back to: {problem}")
            }
            Reason::Failed => f.write_str("release is in a failed state"),
        }
    }
}
