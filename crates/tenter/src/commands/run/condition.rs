//! What the controller knows of itself, for those who ask over HTTP.

use std::sync::atomic::{AtomicU8, Ordering};

/// How far the controller is.
#[derive(Debug)]
pub(super) struct Condition {
    lease: String,
    standing: AtomicU8,
}

/// Whether it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has just begun.
    Starting,
    /// It waits for its turn.
    Following,
    /// It reconciles.
    Leading,
}

impl Condition {
    pub(super) fn new(lease: String) -> Condition {
        Condition { lease, standing: AtomicU8::new(Standing::Starting as u8) }
    }

    /// The lease that it runs for.
    pub(super) fn lease(&self) -> &str {
        &self.lease
    }

    pub(super) fn follows(&self) {
        self.standing.store(Standing::Following as u8, Ordering::Relaxed);
    }

    pub(super) fn leads(&self) {
        self.standing.store(Standing::Leading as u8, Ordering::Relaxed);
    }

    pub(super) fn standing(&self) -> Standing {
        let standing = self.standing.load(Ordering::Relaxed);
        [Standing::Following, Standing::Leading]
            .into_iter()
            .find(|known| *known as u8 == standing)
            .unwrap_or(Standing::Starting)
    }
}
