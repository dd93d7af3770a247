//! What stands before every write of a leader.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::Instant;

/// A moment by two clocks: one that never jumps but stands still while a machine is suspended, and the time of day, which
/// does not. What ends by either has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the clock that never jumps.
    pub steady: Instant,
    /// By the time of day.
    pub wall: SystemTime,
}

impl Moment {
    /// This one.
    pub fn now() -> Moment {
        Moment { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// The one that follows after `pause`.
    pub fn after(self, pause: Duration) -> Moment {
        Moment { steady: self.steady + pause, wall: self.wall + pause }
    }

    fn has_come(self, now: Moment) -> bool {
        now.steady >= self.steady || now.wall >= self.wall
    }
}

/// Lets writes pass for one term of leadership, and for ever none once that has ended.
///
/// A term ends when somebody says so or when its time is over, whichever comes first; a process that was stopped and
/// goes on needs no message to know. Connections of a term look again whenever they send. What remains is the time
/// between that look at the clock and the arrival at the API server: one system call on this side, and the network. No
/// client can close that gap without the server's help, so
/// every write of ours is one that may be repeated.
#[derive(Debug)]
pub struct Fence {
    until: Mutex<Moment>,
    stage: watch::Sender<Stage>,
    under_way: AtomicUsize,
    drained: tokio::sync::Notify,
}

/// How far a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Writes pass.
    Open,
    /// None begins; those under way may end.
    Closed,
    /// Those under way are given up too.
    Ended,
}

/// One write that may pass. The fence knows of it until this is dropped.
#[derive(Debug)]
pub struct Pass(Arc<Fence>);

impl Fence {
    /// A term that ends at `until` unless it is extended.
    pub fn new(until: Moment) -> Arc<Fence> {
        Arc::new(Fence {
            until: Mutex::new(until),
            stage: watch::Sender::new(Stage::Open),
            under_way: AtomicUsize::new(0),
            drained: tokio::sync::Notify::new(),
        })
    }

    /// Moves the end of the term. Whether it could be: what has ended does not begin again.
    pub fn extend(&self, until: Moment, now: Moment) -> bool {
        let mut end = self.lock();
        if !self.holds_at(*end, now) {
            return false;
        }
        *end = until;
        true
    }

    /// Lets no further write begin. Those under way may end.
    pub fn close(&self) {
        self.reach(Stage::Closed);
    }

    /// Ends the term, also for what is under way: what has not been sent yet will not be.
    pub fn end(&self) {
        self.reach(Stage::Ended);
    }

    fn reach(&self, stage: Stage) {
        self.stage.send_if_modified(|reached| {
            let is_further = *reached < stage;
            *reached = stage.max(*reached);
            is_further
        });
    }

    /// Whether writes may pass at `now`. The first one that is too late ends the term for all.
    pub fn holds(&self, now: Moment) -> bool {
        self.holds_at(*self.lock(), now)
    }

    /// Whether the term is over at `now`, also for what is under way.
    pub fn has_ended(&self, now: Moment) -> bool {
        self.holds(now);
        *self.stage.borrow() == Stage::Ended
    }

    fn holds_at(&self, end: Moment, now: Moment) -> bool {
        if end.has_come(now) {
            self.end();
        }
        *self.stage.borrow() == Stage::Open
    }

    /// Lets one write pass; none if the term has ended.
    pub fn pass(self: &Arc<Fence>) -> Option<Pass> {
        // Counted first: whoever ends the term and then waits for what is under way must not miss it.
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let pass = Pass(self.clone());
        self.holds(Moment::now()).then_some(pass)
    }

    /// Returns when the term has ended.
    pub async fn ended(&self) {
        let mut stage = self.stage.subscribe();
        // The sender is in `self`, so the channel stays open.
        let _ = stage.wait_for(|stage| *stage == Stage::Ended).await;
    }

    /// Returns when no write is under way.
    pub async fn drained(&self) {
        loop {
            let drained = self.drained.notified();
            tokio::pin!(drained);
            // Enabled before the look, so that what is dropped in between is not missed.
            drained.as_mut().enable();
            if self.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            drained.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Moment> {
        // A moment is replaced whole.
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Returns when the term has ended, and with it the permission.
    pub async fn ended(&self) {
        self.0.ended().await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.drained.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ahead(now: Moment, steady: u64, wall: u64) -> Moment {
        Moment { steady: now.steady + SECOND * steady as u32, wall: now.wall + Duration::from_secs(wall) }
    }

    #[tokio::test]
    async fn a_term_ends_by_whichever_clock_comes_first() {
        let start = Moment::now();
        for (steady, wall, holds) in
            [(0, 0, true), (2, 2, true), (3, 3, false), (3, 0, false), (0, 3, false), (0, 1000, false)]
        {
            let fence = Fence::new(start.after(SECOND * 3));
            assert_eq!(fence.holds(ahead(start, steady, wall)), holds, "{steady} s and {wall} s later");
        }
    }

    #[tokio::test]
    async fn what_has_ended_never_begins_again() {
        let start = Moment::now();
        let fence = Fence::new(start.after(SECOND * 3));
        assert!(fence.extend(start.after(SECOND * 5), ahead(start, 2, 2)));
        assert!(fence.holds(ahead(start, 4, 4)));
        assert!(!fence.extend(start.after(SECOND * 60), ahead(start, 5, 5)), "a renewal that comes too late");
        assert!(!fence.holds(start), "and the clock does not run backwards into a term");
        assert!(fence.pass().is_none());
        fence.ended().await;
    }

    #[tokio::test]
    async fn who_was_told_to_stop_stops_in_time() {
        let fence = Fence::new(Moment::now().after(SECOND * 60));
        let pass = fence.pass().expect("a term that holds");
        fence.end();
        pass.ended().await;
        assert!(fence.pass().is_none());
    }

    #[tokio::test]
    async fn what_is_under_way_is_waited_for() {
        let fence = Fence::new(Moment::now().after(SECOND * 60));
        fence.drained().await;
        let (first, second) = (fence.pass(), fence.pass());
        fence.close();
        assert!(fence.pass().is_none());
        let waiting = tokio::spawn({
            let fence = fence.clone();
            async move { fence.drained().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.expect("it ends");
    }
}
