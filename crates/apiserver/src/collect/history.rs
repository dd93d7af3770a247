//! The history of old writes goes some time after them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Controller, Note};
use crate::core::Core;

/// How many times a lifetime is divided: history goes at most so much later than it could.
const STEPS: u32 = 8;

/// When which part of the history goes.
pub(super) struct History {
    core: Arc<Core>,
    /// Times, each with the revision up to which history goes then.
    ends: VecDeque<(Instant, u64)>,
}

impl History {
    pub(super) fn new(core: Arc<Core>) -> History {
        History { core, ends: VecDeque::new() }
    }

    fn lifetime(&self) -> Duration {
        self.core.limits.history_lifetime
    }
}

impl Controller for History {
    fn note(&mut self, note: Note<'_>) {
        let end = Instant::now() + self.lifetime();
        let revision = note.record.revision;
        match self.ends.back_mut() {
            // Writes that come close together go together, with the last of them.
            Some((last, up_to)) if *last >= end => *up_to = revision,
            Some(_) | None => self.ends.push_back((end + self.lifetime() / STEPS, revision)),
        }
    }

    async fn work(&mut self) {
        let now = Instant::now();
        while let Some((_, revision)) = self.ends.pop_front_if(|(end, _)| *end <= now) {
            self.core.store.forget(revision);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.ends.front().map(|(end, _)| *end)
    }
}
