//! The wiring all controllers share: a queue, workers, and what to do after a failure.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::action::Step;
use crate::clock::Clock;
use crate::queue::Queue;
use crate::watch::{Key, World};
use crate::writer::{Failure, Writer};

const FIRST_RETRY: Duration = Duration::from_millis(5);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// What a look is based on.
pub(crate) struct Look<'a> {
    pub(crate) world: &'a World,
    pub(crate) key: &'a Key,
    pub(crate) now: Timestamp,
    /// What the API server said to an object that the last look wanted to create.
    pub(crate) refusal: Option<&'a str>,
}

type Decide = Box<dyn Fn(&Look<'_>) -> Step + Send + Sync>;

/// One controller: its queue is filled by its triggers, each key is decided on, the writer does the rest.
pub(crate) struct Controller {
    /// The component events name, such as `deployment-controller`.
    component: &'static str,
    queue: Arc<Queue>,
    decide: Decide,
    retries: Mutex<HashMap<Key, Retry>>,
}

struct Retry {
    after: Duration,
    refusal: Option<String>,
}

impl Controller {
    /// A controller that decides by `decide` on the keys of `queue`.
    pub(crate) fn new(
        component: &'static str,
        queue: Arc<Queue>,
        decide: impl Fn(&Look<'_>) -> Step + Send + Sync + 'static,
    ) -> Self {
        Self { component, queue, decide: Box::new(decide), retries: Mutex::default() }
    }

    /// Starts `workers` of them.
    pub(crate) fn start(self, workers: usize, writer: &Writer, clock: Clock, tasks: &mut JoinSet<()>) {
        let controller = Arc::new(self);
        for _ in 0..workers {
            tasks.spawn(controller.clone().work(writer.clone(), clock));
        }
    }

    async fn work(self: Arc<Self>, writer: Writer, clock: Clock) {
        loop {
            let key = self.queue.next().await;
            self.look(&key, &writer, clock).await;
            self.queue.done(&key);
        }
    }

    async fn look(&self, key: &Key, writer: &Writer, clock: Clock) {
        let refusal = self.with_retries(|retries| retries.get(key).and_then(|retry| retry.refusal.clone()));
        let now = clock.now();
        let step = (self.decide)(&Look { world: &writer.world, key, now, refusal: refusal.as_deref() });
        if let Some(wake) = step.wake {
            self.queue.add_at(key.clone(), clock.instant(wake));
        }
        for action in step.actions {
            match writer.carry_out(self.component, action).await {
                Ok(()) => {}
                Err(Failure::Terminating(reason)) => {
                    tracing::debug!(component = self.component, %key, reason, "left alone");
                    return;
                }
                Err(failure) => {
                    let wait = self.remember(key, &failure);
                    tracing::debug!(component = self.component, %key, %failure, ?wait, "trying again");
                    self.queue.add_at(key.clone(), Instant::now() + wait);
                    return;
                }
            }
        }
        self.with_retries(|retries| retries.remove(key));
    }

    /// Notes a failure; returns how long to wait.
    fn remember(&self, key: &Key, failure: &Failure) -> Duration {
        self.with_retries(|retries| {
            let refusal = failure.refusal().map(str::to_owned);
            let before = retries.get(key).map(|retry| retry.after);
            let after = before.map_or(FIRST_RETRY, |before| (before * 2).min(LAST_RETRY));
            retries.insert(key.clone(), Retry { after, refusal });
            after
        })
    }

    // The map is valid after any panic, so a poisoned lock is used as it is.
    fn with_retries<T>(&self, act: impl FnOnce(&mut HashMap<Key, Retry>) -> T) -> T {
        act(&mut self.retries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
