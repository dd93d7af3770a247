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
use super::workload::{self, HOME, Kind, Release, Workload};
use super::{Stand, Tally, parallel};
use crate::error::Failure;

/// How many Kustomizations and HelmReleases build and apply at once, as in `tenter run`.
const CONCURRENCY: usize = 16;

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

/// What a step cost.
#[derive(Debug, Clone)]
pub(crate) struct Cost {
    /// How long it took.
    pub(crate) finished: Finished,
    /// What it took of this process; none if the work was done elsewhere.
    pub(crate) used: Option<Used>,
}

/// What an engine in this process used.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    /// Processor time, the bench's own with it; none where the operating system does not tell.
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
    /// What an engine with nothing to do sent, watches included; none if it is not ours.
    pub(crate) idle: Option<Tally>,
    /// The most memory of this process that was ever resident, in MiB; none if the work was done elsewhere.
    pub(crate) peak_memory: Option<f64>,
}

/// How the work is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// By whom.
    pub(crate) worker: Worker,
    /// How long each step may take.
    pub(crate) patience: Duration,
    /// How long an idle engine is looked at.
    pub(crate) idle: Duration,
}

/// Does the work and removes it again.
pub(crate) async fn run(stand: &Stand, workload: &Workload, conditions: Conditions) -> Result<MeanTime, Failure> {
    let Conditions { worker, patience, idle } = conditions;
    stand.apply_all(workload::home()).await?;
    stand.apply_all(workload::account().to_vec()).await?;
    let kind = applier(workload.kind);
    let mut progress = Progress::new(&stand.own, &kind, workload);
    let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;

    // Ours finds everything declared; theirs is at work already, so that only its sources can be there before.
    stand.apply_all(workload.sources(Release::First)).await?;
    let meter = Meter::start(stand, worker);
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

    let (meter, started) = (Meter::start(stand, worker), Instant::now());
    stand.apply_all(workload.sources(Release::Second)).await?;
    let upgraded = |object: &_| workload.is_done(object, Release::Second);
    let upgrade = meter.read(progress.until(started, patience, upgraded).await?);

    let (meter, started) = (Meter::start(stand, worker), Instant::now());
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

    let (idle, peak_memory) = match worker {
        Worker::Ours => (Some(sent_while_idle(stand, idle).await), machine::peak_memory()),
        Worker::Theirs => (None, None),
    };
    stand.remove(&workload.appliers()).await?;
    if let Some(engine) = engine {
        engine.stop().await;
    }
    let [_, binding] = workload::account();
    stand.remove(&[binding]).await?;
    stand.remove(&workload::home()).await?;
    Ok(MeanTime { install, upgrade, resync, idle, peak_memory })
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

async fn sent_while_idle(stand: &Stand, idle: Duration) -> Tally {
    let mut before = stand.requests.tally();
    loop {
        sleep(QUIET).await;
        let now = stand.requests.tally();
        if now == before {
            break;
        }
        before = now;
    }
    sleep(idle).await;
    stand.requests.tally().since(&before)
}

/// What was used since it was started.
struct Meter<'a> {
    stand: &'a Stand,
    worker: Worker,
    processor: Option<Duration>,
    requests: Tally,
}

impl Meter<'_> {
    fn start(stand: &Stand, worker: Worker) -> Meter<'_> {
        Meter { stand, worker, processor: machine::processor_time(), requests: stand.requests.tally() }
    }

    fn read(self, finished: Finished) -> Cost {
        let processor = machine::processor_time().zip(self.processor);
        let used = Used {
            processor: processor.map(|(now, before)| now.saturating_sub(before)),
            requests: self.stand.requests.tally().since(&self.requests),
        };
        Cost { finished, used: (self.worker == Worker::Ours).then_some(used) }
    }
}
