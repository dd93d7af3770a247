//! Pauses between attempts.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::drift::Corrections;
use crate::mailbox::Trigger;

/// The first pause after a failure that may pass; it doubles up to the retry interval.
const FIRST: Duration = Duration::from_millis(750);

/// Counts attempts that failed in a row for a reason that may pass.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    failures: u32,
}

impl Pauses {
    /// The pause before the next attempt, `most` at most.
    pub(crate) fn next(&mut self, most: Duration) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.failures.min(16)).min(most);
        self.failures += 1;
        pause
    }

    /// Begins anew: an attempt went well, or failed for a reason that time does not remove.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// What time alone is a reason for at `now`.
pub(crate) fn overdue(due: Option<Instant>, corrections: &mut Corrections, now: Instant) -> BTreeSet<Trigger> {
    let resumed = corrections.resume(now).into_iter().map(Trigger::Drifted);
    resumed.chain(due.filter(|due| *due <= now).map(|_| Trigger::Due)).collect()
}
