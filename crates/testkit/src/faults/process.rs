//! The life of a client process, which may end at any request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::service::FaultLayer;
use super::weather::Weather;

/// When at its last request a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashSide {
    /// Before the server hears of it.
    Before,
    /// Once the server has done it.
    After,
}

/// One life of a client. When it crashes, nothing of it reaches the server any more and it hears nothing more, as after
/// `kill -9`; whoever plays it is told and drops it.
#[derive(Debug, Clone)]
pub struct Process {
    pub(crate) weather: Weather,
    pub(crate) life: Arc<Life>,
}

#[derive(Debug)]
pub(crate) struct Life {
    crash: Option<(u64, CrashSide)>,
    requests: AtomicU64,
    is_over: AtomicBool,
    over: Notify,
}

impl Process {
    pub(crate) fn new(weather: Weather, crash: Option<(u64, CrashSide)>) -> Process {
        let life = Life { crash, requests: AtomicU64::new(0), is_over: AtomicBool::new(false), over: Notify::new() };
        Process { weather, life: Arc::new(life) }
    }

    /// What stands between this process and the server.
    pub fn layer(&self) -> FaultLayer {
        FaultLayer { process: self.clone() }
    }

    /// Returns when it has crashed.
    pub async fn crashed(&self) {
        loop {
            let over = self.life.over.notified();
            tokio::pin!(over);
            // Enabled before the look, so that a crash in between is not missed.
            over.as_mut().enable();
            if self.is_over() {
                return;
            }
            over.await;
        }
    }

    /// Whether no crash is planned.
    pub fn is_immortal(&self) -> bool {
        self.life.crash.is_none() && !self.is_over()
    }

    /// Ends it now.
    pub fn crash(&self) {
        self.life.is_over.store(true, Ordering::SeqCst);
        self.life.over.notify_waiters();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.life.is_over.load(Ordering::SeqCst)
    }

    /// Counts a request; when it is the last one, on which side of it the process dies.
    pub(crate) fn count(&self) -> Option<CrashSide> {
        let number = self.life.requests.fetch_add(1, Ordering::SeqCst) + 1;
        self.life.crash.and_then(|(last, side)| (number == last).then_some(side))
    }
}
