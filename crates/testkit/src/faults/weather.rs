//! What a run shares: the seed, what was injected, and whether it goes on.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::chance::Chance;
use super::climate::Climate;
use super::process::{CrashSide, Process};

/// The faults of one run. Clones are the same.
#[derive(Debug, Clone)]
pub struct Weather(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: u64,
    climate: Climate,
    began: Instant,
    is_clear: AtomicBool,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    /// How often each request was made.
    made: HashMap<String, u64>,
    /// Every request with when it was made, in order.
    requests: Vec<(Duration, String)>,
    faults: Vec<(Duration, String)>,
    kinds: BTreeMap<String, usize>,
}

impl Weather {
    /// The weather of a seed in a climate.
    pub fn new(seed: u64, climate: Climate) -> Weather {
        Weather(Arc::new(Inner {
            seed,
            climate,
            began: Instant::now(),
            is_clear: AtomicBool::new(false),
            record: Mutex::default(),
        }))
    }

    /// A process that reaches the server through this weather, and dies at its `crash`th request if there is so many.
    pub fn process(&self, crash: Option<(u64, CrashSide)>) -> Process {
        Process::new(self.clone(), crash)
    }

    /// Ends all faults to come. Watches that suffer one already go on to do so.
    pub fn clear(&self) {
        self.0.is_clear.store(true, Ordering::SeqCst);
        self.note("", &"it clears up");
    }

    /// Notes something that happens besides, so that the log tells the whole story.
    pub fn note(&self, what: &str, happens: &dyn Display) {
        let elapsed = self.0.began.elapsed();
        let text = if what.is_empty() { happens.to_string() } else { format!("{what}: {happens}") };
        self.record().faults.push((elapsed, text));
    }

    /// What happened, one line each, with the time since the beginning.
    pub fn log(&self) -> String {
        let record = self.record();
        let lines = record.faults.iter().map(|(time, text)| format!("{:>10.3}s {text}\n", time.as_secs_f64()));
        lines.collect()
    }

    /// Every request so far with the time since the beginning, as `PATCH /path?query`.
    pub fn requests(&self) -> Vec<(Duration, String)> {
        self.record().requests.clone()
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.record().requests.len()
    }

    /// How often which fault was injected.
    pub fn injected(&self) -> BTreeMap<String, usize> {
        self.record().kinds.clone()
    }

    pub(crate) fn climate(&self) -> Option<&Climate> {
        (!self.0.is_clear.load(Ordering::SeqCst)).then_some(&self.0.climate)
    }

    /// Notes a request. What befalls it follows from the result; `identity` is the request without what differs between
    /// equal ones.
    pub(crate) fn chance(&self, request: &str, identity: &str) -> Chance {
        let elapsed = self.0.began.elapsed();
        let mut record = self.record();
        record.requests.push((elapsed, request.to_owned()));
        let count = record.made.entry(identity.to_owned()).or_default();
        *count += 1;
        Chance::of(self.0.seed, identity, *count)
    }

    /// Notes a fault of a kind, which is the first word of its debug text.
    pub(crate) fn inject<F: Display + std::fmt::Debug>(&self, request: &str, fault: &F) {
        let kind = format!("{fault:?}");
        let kind = kind.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned();
        self.note(request, fault);
        *self.record().kinds.entry(kind).or_default() += 1;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic elsewhere cannot leave a record half written.
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
