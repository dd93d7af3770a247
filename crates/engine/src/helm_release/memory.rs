//! What one HelmRelease's task remembers between runs. None of it is needed to be correct, only to be calm.

use super::storage::Revisions;
use crate::stages::applied::Applied;
use crate::stages::pause::Pauses;

/// What was installed last, and what of it was put back.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What was applied last: what drift is put back to.
    pub(crate) applied: Applied,
    /// The pauses between attempts.
    pub(crate) pauses: Pauses,
    /// Whether the last run ended because dependencies are not ready: only then do they matter.
    pub(crate) waits_for_dependencies: bool,
    /// Revision and digest of the chart that the last run had.
    pub(crate) chart: Option<(String, String)>,
    /// The revisions in Helm's storage as the last run left them: anything else is somebody else's doing.
    pub(crate) revisions: Revisions,
    /// Whether the last run ended without a word, because the chart's first fetch is under way.
    pub(crate) waited_for_fetch: bool,
}
