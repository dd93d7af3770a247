//! Mean time to production: from a declared change until every object of it is healthy.

use std::time::Duration;

use engine::{Engine, Options, Watched};
use kinds::flux::REQUESTED_AT;
use manifest::GroupVersionKind;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::machine;
use super::progress::{Finished, Progress};
use super::stand::MANAGER;
use super::workload::{HOME, Kind, Release, Workload};
use super::{Stand, Tally, parallel};
use crate::error::Failure;

/// How many Kustomizations and HelmReleases build and apply at once, as in `tenter run`.
const CONCURRENCY: usize = 16;

/// How long an idle engine is looked at.
const IDLE: Duration = Duration::from_secs(10);

/// Requests that follow on what was just done must be over before idleness begins.
const QUIET: Duration = Duration::from_secs(2);

/// Whose work is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worker {
    /// An engine in this process.
    Ours,
    /// The controller that runs in the cluster, whichever it is; its requests cannot be counted from here.
    Theirs,
}

/// What the work cost.
#[derive(Debug, Clone)]
pub(crate) struct Cost {
    /// How long it took.
    pub(crate) finished: Finished,
    /// Processor time of this process.
    pub(crate) processor: Option<Duration>,
    /// What the engine sent.
    pub(crate) requests: Tally,
}

/// Everything that was measured.
#[derive(Debug, Clone)]
pub(crate) struct MeanTime {
    /// Of the first state, from an empty cluster.
    pub(crate) install: Cost,
    /// Of the second state of the repository.
    pub(crate) upgrade: Cost,
    /// Of a reconciliation of every one that changes nothing.
    pub(crate) resync: Cost,
    /// What an engine with nothing to do sent in ten seconds, watches included.
    pub(crate) idle: Tally,
    /// The most memory of this process that was ever resident, in MiB.
    pub(crate) peak_memory: Option<f64>,
}

/// Does the work and removes it again.
pub(crate) async fn run(
    stand: &Stand,
    workload: &Workload,
    worker: Worker,
    patience: Duration,
) -> Result<MeanTime, Failure> {
    stand.apply_all(workload.setup()).await?;
    let kind = applier(workload.kind);
    let mut progress = Progress::new(&stand.own, &kind, workload);
    let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;

    // Ours finds everything declared; theirs is at work already, so that only its sources can be there before.
    stand.apply_all(workload.sources(Release::First)).await?;
    let meter = Meter::start(stand);
    let (engine, started) = match worker {
        Worker::Ours => {
            stand.apply_all(workload.appliers()).await?;
            let started = Instant::now();
            (Some(Engine::start(stand.counted.clone(), options(cache.path()))), started)
        }
        Worker::Theirs => {
            let started = Instant::now();
            stand.apply_all(workload.appliers()).await?;
            (None, started)
        }
    };
    let installed = |object: &_| workload.is_done(object, Release::First);
    let install = meter.read(progress.until(started, patience, installed).await?);

    let (meter, started) = (Meter::start(stand), Instant::now());
    stand.apply_all(workload.sources(Release::Second)).await?;
    let upgraded = |object: &_| workload.is_done(object, Release::Second);
    let upgrade = meter.read(progress.until(started, patience, upgraded).await?);

    let (meter, started) = (Meter::start(stand), Instant::now());
    let token = "bench-resync";
    let patch = json!({"metadata": {"annotations": {REQUESTED_AT: token}}});
    parallel(workload.appliers().iter().filter_map(cluster::ObjectRef::of).map(|object| {
        let (cluster, patch) = (stand.own.clone(), patch.clone());
        async move { Ok(cluster.merge_patch(&object, MANAGER, &patch).await.map(drop)?) }
    }))
    .await?;
    let handled = |object: &manifest::Value| {
        object["status"]["lastHandledReconcileAt"] == token && workload.is_done(object, Release::Second)
    };
    let resync = meter.read(progress.until(started, patience, handled).await?);

    let idle = idle(stand).await;
    stand.remove(&workload.appliers()).await?;
    if let Some(engine) = engine {
        engine.stop().await;
    }
    Ok(MeanTime { install, upgrade, resync, idle, peak_memory: machine::peak_memory() })
}

/// What applies the objects.
fn applier(kind: Kind) -> GroupVersionKind {
    match kind {
        Kind::Kustomization => GroupVersionKind::from_api_version("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        Kind::Helmrelease => GroupVersionKind::from_api_version("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    }
}

fn options(cache: &std::path::Path) -> Options {
    Options {
        concurrency: CONCURRENCY,
        watched: Watched { scope: cluster::Scope::Namespace(HOME.to_owned()), ..Watched::default() },
        ..Options::new(cache.to_owned())
    }
}

async fn idle(stand: &Stand) -> Tally {
    let mut before = stand.requests.tally();
    loop {
        sleep(QUIET).await;
        let now = stand.requests.tally();
        if now == before {
            break;
        }
        before = now;
    }
    sleep(IDLE).await;
    stand.requests.tally().since(&before)
}

/// What was used since it was started.
struct Meter<'a> {
    stand: &'a Stand,
    processor: Option<Duration>,
    requests: Tally,
}

impl Meter<'_> {
    fn start(stand: &Stand) -> Meter<'_> {
        Meter { stand, processor: machine::processor_time(), requests: stand.requests.tally() }
    }

    fn read(self, finished: Finished) -> Cost {
        let processor = machine::processor_time().zip(self.processor);
        Cost {
            finished,
            processor: processor.map(|(now, before)| now.saturating_sub(before)),
            requests: self.stand.requests.tally().since(&self.requests),
        }
    }
}
