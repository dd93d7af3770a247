//! `tenter up`: serves a repository to a cluster and shows what comes of it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, Event, Scope, Selector, Watch};
use engine::{AssumedKinds, Engine, Options};
use local::Missing;
use plan::health::attended_through;
use source::Mirrors;
use tokio::time::{Instant, sleep_until};

use super::Context;
use crate::cli::Up;
use crate::entry::Entry;
use crate::error::Failure;
use crate::output;
use crate::place::Place;
use crate::telemetry::{Condition, Telemetry};
use crate::view::{Listing, Readiness, Row};

/// What was seen last of every object, by listing, namespace and name.
type Rows = BTreeMap<(Listing, String, String), Row>;

/// How long nothing must move before what has failed counts as failed for good.
const SETTLED_AFTER: Duration = Duration::from_secs(5);

/// What its metrics call the one who reconciles; there is no other, and no lease.
const PROGRAM: &str = "tenter";

/// How many Kustomizations build and apply at once.
const CONCURRENCY: usize = 16;

/// Serves until it is interrupted, or with `--exit` until everything is ready or will not be.
pub(crate) async fn run(context: &Context, arguments: Up) -> Result<ExitCode, Failure> {
    let entry = Entry::new(
        context.namespace(),
        &arguments.source,
        &arguments.path,
        arguments.branch.clone(),
        arguments.interval,
    )?;
    let place = if context.names_cluster() || arguments.bareness.bare_cluster {
        Place::named(context, &arguments.bareness, missing(&arguments)).await?
    } else {
        Place::here(arguments.data_dir.as_deref(), arguments.port, missing(&arguments)).await?
    };
    let telemetry = Telemetry::start(&arguments.reporting)?;
    let cluster = telemetry.observed(place.cluster(), &place.host());
    let condition = Arc::new(Condition::new(PROGRAM.to_owned()));
    let _endpoint = telemetry.serve(&condition).await?;
    entry.apply(&cluster).await?;

    let scratch = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let cache = match &arguments.data_dir {
        Some(folder) => folder.join("sources"),
        None => scratch.path().to_owned(),
    };
    let options = Options {
        observers: telemetry.observers(),
        mirrors: Mirrors::new(arguments.mirroring.mirrors.iter().cloned()),
        concurrency: CONCURRENCY,
        assume_ready: arguments.assume_ready.iter().cloned().collect::<AssumedKinds>(),
        cross_namespace: arguments.reaching.cross_namespace(),
        remote_bases: arguments.reaching.remote_bases(),
        analysis: arguments.reaching.analysis(),
        ..Options::new(cache)
    };
    let engine = Engine::start(cluster.clone(), options);
    condition.leads();
    let outcome = tokio::select! {
        outcome = follow(&cluster, &arguments) => outcome,
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| ExitCode::SUCCESS).map_err(Failure::Runtime),
    };
    engine.stop().await;
    telemetry.finish().await;
    outcome
}

/// With the controllers of some kinds taken for granted, so is what these would make for pods.
fn missing(arguments: &Up) -> Missing {
    if arguments.assume_ready.is_empty() { Missing::Holds } else { Missing::Assumed }
}

/// Prints every change of readiness; with `--exit`, ends when nothing more will change.
async fn follow(cluster: &Cluster, arguments: &Up) -> Result<ExitCode, Failure> {
    let mut watches = watches(cluster, &arguments.assume_ready).await?;
    let mut rows = Rows::new();
    let deadline = Instant::now() + arguments.timeout.0;
    let mut moved = Instant::now();
    loop {
        let verdict = if arguments.exit { verdict(&rows) } else { Verdict::Waiting };
        let settled = match verdict {
            Verdict::Ready => return Ok(ExitCode::SUCCESS),
            Verdict::Failing => moved + SETTLED_AFTER,
            Verdict::Waiting => deadline,
        };
        let (listing, event) = tokio::select! {
            told = next(&mut watches) => told,
            () = sleep_until(settled.min(deadline)), if arguments.exit => return Err(not_ready(&rows, verdict, arguments)),
        };
        let changed = match event {
            Event::Applied(object) => vec![Row::of(&object)],
            Event::Restarted(objects) => objects.iter().map(Row::of).collect(),
            Event::Deleted(object) => {
                let gone = Row::of(&object);
                rows.remove(&(listing, gone.namespace, gone.name));
                continue;
            }
        };
        for row in changed {
            let key = (listing, row.namespace.clone(), row.name.clone());
            if rows.get(&key) != Some(&row) {
                moved = Instant::now();
                output::error(&line(&row, &rows));
                rows.insert(key, row);
            }
        }
    }
}

/// Watches of all kinds, but for those that count as ready whatever they say.
async fn watches(cluster: &Cluster, assumed: &[String]) -> Result<Vec<(Listing, Watch)>, Failure> {
    let is_assumed = |kind: &str| assumed.iter().any(|assumed| assumed == kind);
    let mut watches = Vec::new();
    for listing in Listing::ALL {
        if is_assumed(listing.kind()) || attended_through(listing.kind()).is_some_and(is_assumed) {
            continue;
        }
        if let Some(gvk) = listing.served(cluster).await? {
            watches.push((listing, cluster.watch(&gvk, Scope::Cluster, Selector::all())));
        }
    }
    Ok(watches)
}

/// What is heard next.
async fn next(watches: &mut [(Listing, Watch)]) -> (Listing, Event) {
    let heard = watches.iter_mut().map(|(listing, watch)| {
        let listing = *listing;
        Box::pin(async move { (listing, watch.next().await) })
    });
    futures::future::select_all(heard).await.0
}

/// Where everything stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All ready.
    Ready,
    /// Something is being worked on.
    Waiting,
    /// What is not ready has failed, or waits for what has.
    Failing,
}

fn verdict(rows: &Rows) -> Verdict {
    let awaited = || rows.values().filter(|row| !row.suspended);
    let kustomizations = rows.keys().filter(|(listing, ..)| *listing == Listing::Kustomization).count();
    if kustomizations == 0 || awaited().any(|row| row.readiness == Readiness::InProgress) {
        Verdict::Waiting
    } else if awaited().any(|row| row.readiness == Readiness::Failed) {
        Verdict::Failing
    } else {
        Verdict::Ready
    }
}

fn not_ready(rows: &Rows, verdict: Verdict, arguments: &Up) -> Failure {
    let open: Vec<String> = rows
        .values()
        .filter(|row| row.readiness != Readiness::Ready && !row.suspended)
        .map(|row| format!("{} {}/{}: {}", row.kind, row.namespace, row.name, row.message))
        .collect();
    match verdict {
        Verdict::Failing => Failure::Reconciliation(format!("not everything became ready:\n{}", open.join("\n"))),
        Verdict::Waiting | Verdict::Ready => Failure::Timeout {
            what: format!("not everything was ready:\n{}\nstill so", open.join("\n")),
            seconds: arguments.timeout.0.as_secs(),
        },
    }
}

fn line(row: &Row, rows: &Rows) -> String {
    let mark = match row.readiness {
        Readiness::Ready => "✔",
        Readiness::InProgress => "►",
        Readiness::Failed if waits_for_others(row, rows) => "►",
        Readiness::Failed => "✗",
    };
    let message = match row.message.as_str() {
        "" => "seen",
        message => message,
    };
    format!("{mark} {} {}/{}: {message}", row.kind, row.namespace, row.name)
}

/// Whether nothing is wrong with an object that Flux calls not ready: its dependencies are at work, or a source is
/// still being fetched.
fn waits_for_others(row: &Row, rows: &Rows) -> bool {
    let fetching = || {
        let mut sources = rows.iter().filter(|((listing, ..), _)| listing.is_source());
        sources.any(|(_, source)| source.readiness == Readiness::InProgress)
    };
    row.reason == "DependencyNotReady" || row.reason == "ArtifactFailed" && fetching()
}
