//! What a process that reconciles knows of itself, for those who ask over HTTP.

use std::sync::atomic::{AtomicU8, Ordering};

/// How far the process is.
#[derive(Debug)]
pub(crate) struct Condition {
    lease: String,
    standing: AtomicU8,
}

/// Whether it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has just begun.
    Starting,
    /// It waits for its turn.
    Following,
    /// It reconciles.
    Leading,
}

impl Condition {
    pub(crate) fn new(lease: String) -> Condition {
        Condition { lease, standing: AtomicU8::new(Standing::Starting as u8) }
    }

    /// The lease that it runs for.
    pub(crate) fn lease(&self) -> &str {
        &self.lease
    }

    pub(crate) fn follows(&self) {
        self.standing.store(Standing::Following as u8, Ordering::Relaxed);
    }

    pub(crate) fn leads(&self) {
        self.standing.store(Standing::Leading as u8, Ordering::Relaxed);
    }

    pub(crate) fn standing(&self) -> Standing {
        let standing = self.standing.load(Ordering::Relaxed);
        [Standing::Following, Standing::Leading]
            .into_iter()
            .find(|known| *known as u8 == standing)
            .unwrap_or(Standing::Starting)
    }
}
