//! When which Kustomization or HelmRelease was done.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Cluster, Event, Scope, Selector, Watch};
use manifest::{GroupVersionKind, Value};
use tokio::time::{Instant, timeout};

use super::percentile::percentile;
use super::workload::{HOME, Workload};
use crate::error::Failure;

/// A client's view of all that is measured.
pub(crate) struct Progress<'a> {
    workload: &'a Workload,
    watch: Watch,
    /// What was seen last. Only what is asked about is kept: the bench's own memory is part of what it measures.
    seen: BTreeMap<String, Box<str>>,
}

/// What came of waiting.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    /// From the beginning until the last was done.
    pub(crate) all: Duration,
    /// Until half of them were.
    pub(crate) p50: Duration,
    /// Until 99 of 100 were.
    pub(crate) p99: Duration,
}

impl<'a> Progress<'a> {
    /// Begins to watch.
    pub(crate) fn new(cluster: &Cluster, kind: &GroupVersionKind, workload: &'a Workload) -> Progress<'a> {
        let watch = cluster.watch(kind, Scope::Namespace(HOME.to_owned()), Selector::all());
        Progress { workload, watch, seen: BTreeMap::new() }
    }

    /// Waits until every one is `done`, counted from `started`.
    pub(crate) async fn until(
        &mut self,
        started: Instant,
        patience: Duration,
        done: impl Fn(&Value) -> bool,
    ) -> Result<Finished, Failure> {
        let mut finished = BTreeMap::new();
        if timeout(patience, self.reach(started, &mut finished, &done)).await.is_err() {
            let open: Vec<String> = self
                .seen
                .iter()
                .filter(|(name, _)| !finished.contains_key(*name))
                .take(3)
                .map(|(name, message)| format!("{name}: {message}"))
                .collect();
            return Err(Failure::Timeout {
                what: format!(
                    "{} of {} were not done, among them\n{}\nstill so",
                    self.workload.count - finished.len(),
                    self.workload.count,
                    open.join("\n")
                ),
                seconds: patience.as_secs(),
            });
        }
        let mut taken: Vec<Duration> = finished.into_values().collect();
        taken.sort();
        Ok(Finished { all: percentile(&taken, 100), p50: percentile(&taken, 50), p99: percentile(&taken, 99) })
    }

    async fn reach(
        &mut self,
        started: Instant,
        finished: &mut BTreeMap<String, Duration>,
        done: &impl Fn(&Value) -> bool,
    ) {
        while finished.len() < self.workload.count {
            let objects = match self.watch.next().await {
                Event::Applied(object) => vec![object],
                Event::Restarted(objects) => objects,
                Event::Deleted(_) => Vec::new(),
            };
            for object in objects {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                if done(&object) {
                    finished.entry(name.to_owned()).or_insert_with(|| started.elapsed());
                }
                self.seen.insert(name.to_owned(), message(&object));
            }
        }
    }
}

/// What an object says of itself.
fn message(object: &Value) -> Box<str> {
    let conditions = object["status"]["conditions"].as_array();
    let ready = conditions.into_iter().flatten().find(|condition| condition["type"] == "Ready");
    ready.and_then(|ready| ready["message"].as_str()).unwrap_or("nothing was said of it").into()
}
