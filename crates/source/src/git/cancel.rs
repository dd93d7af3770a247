//! Stopping work that runs on a thread of its own.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared between whoever waits for an operation and the thread it runs on.
#[derive(Debug, Clone)]
pub(super) struct Cancel {
    shared: Arc<Shared>,
    deadline: Instant,
}

#[derive(Debug)]
struct Shared {
    stopped: AtomicBool,
    children: Mutex<Vec<Child>>,
}

impl Cancel {
    /// For an operation that has `timeout` from now on.
    pub(super) fn after(timeout: Duration) -> Cancel {
        let shared = Shared { stopped: AtomicBool::new(false), children: Mutex::new(Vec::new()) };
        Cancel { shared: Arc::new(shared), deadline: Instant::now() + timeout }
    }

    /// What is left of the operation's time, at least a moment.
    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    /// Whether the operation's time is over.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Whether nobody waits for the operation any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::SeqCst)
    }

    /// For functions that look at a flag now and then.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.shared.stopped
    }

    /// Keeps a child process until the operation ends; it is killed then, if it still runs.
    pub(super) fn adopt(&self, child: Child) {
        self.shared.children.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        if self.shared.stopped.load(Ordering::SeqCst) {
            self.shared.end_children();
        }
    }

    /// Stops the operation when dropped, whether it is done by then or was given up.
    pub(super) fn guard(&self) -> CancelGuard {
        CancelGuard(Arc::clone(&self.shared))
    }

    /// Ends the child processes of the operation and waits for them.
    pub(super) fn end_children(&self) {
        self.shared.end_children();
    }
}

impl Shared {
    fn end_children(&self) {
        let children = std::mem::take(&mut *self.children.lock().unwrap_or_else(PoisonError::into_inner));
        for mut child in children {
            // Neither can fail but for a child that has ended already.
            let _killed = child.kill();
            let _status = child.wait();
        }
    }
}

/// See [`Cancel::guard`].
#[derive(Debug)]
pub(super) struct CancelGuard(Arc<Shared>);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.end_children();
    }
}
