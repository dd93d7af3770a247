//! How many fetches of git repositories run at once. Each blocks a thread, which keeps memory of its own.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::url::local_path;

/// How many wait for other machines at once, at most.
const REMOTE: usize = 64;

/// The places of those that fetch.
#[derive(Debug)]
pub(crate) struct Places {
    /// For repositories on this machine: they need a core, and more threads than cores only cost memory.
    local: Arc<Semaphore>,
    /// For those that mostly wait.
    remote: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Places {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Places { local: Arc::new(Semaphore::new(cores)), remote: Arc::new(Semaphore::new(REMOTE)) }
    }
}

impl Places {
    /// Waits for a place to fetch from an address; none would mean that fetching has ended.
    pub(crate) async fn take(&self, url: &str) -> Option<OwnedSemaphorePermit> {
        let places = if local_path(url).is_some() { &self.local } else { &self.remote };
        // The semaphores are never closed.
        places.clone().acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_others_keeps_nobody_from_a_core() {
        let places = Places::default();
        let mut held = Vec::new();
        for _ in 0..REMOTE {
            held.push(places.take("https://example.com/a.git").await);
        }
        let further = Box::pin(places.take("ssh://git@example.com/a.git"));
        assert!(futures::FutureExt::now_or_never(further).is_none(), "the places are taken");
        assert!(places.take("file:///srv/a.git").await.is_some());
        held.pop();
        assert!(places.take("https://example.com/b.git").await.is_some());
    }
}
