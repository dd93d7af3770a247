//! What one Kustomization's task remembers between runs. None of it is needed to be correct, only to be calm.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::ObjectId;
use plan::labels::Owner;

use crate::stages::analyse::Found;
use crate::stages::applied::{Applied, Built};
use crate::stages::contested::Contested;
use crate::stages::pause::Pauses;

/// What templates of charts draw on.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    pub(crate) now: Timestamp,
    pub(crate) seed: [u8; 32],
}

/// What was rendered last, and what of it was applied.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What the last build was made from, and what came out.
    pub(crate) built: Option<Built>,
    /// What charts in kustomizations take for chance and the present: always the same, so that what comes out changes
    /// only with what is declared.
    pub(crate) chance: Option<Chance>,
    /// What was applied last: a build that was refused is not what drift is put back to.
    pub(crate) applied: Applied,
    /// What rules found in the build of a digest.
    pub(crate) analysed: Option<(String, Found)>,
    /// The pauses between attempts.
    pub(crate) pauses: Pauses,
    /// Whether the last run ended because dependencies are not ready: only then do they matter.
    pub(crate) waits_for_dependencies: bool,
    /// Revision and digest of the artifact that the last run built from.
    pub(crate) artifact: Option<(String, String)>,
    /// Whether the last run ended because something is not healthy: its recovery is a reason to run again.
    pub(crate) unhealthy: bool,
    /// The objects that the last run left to other Kustomizations.
    pub(crate) contested: Vec<Contested>,
    /// The objects that the last run kept for those who are about to apply them.
    pub(crate) moving: BTreeMap<ObjectId, Owner>,
    /// Whether the last run ended without a word, because the source's first fetch is under way.
    pub(crate) waited_for_fetch: bool,
}
