//! `tenter run`: the controller, against a cluster that is there.

mod layout;
mod signals;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cluster::lease::{Elector, Place, Timing};
use cluster::{Cluster, Scope};
use engine::{Engine, FluxControllers, Options, Watched};
use source::Mirrors;

use self::layout::Layout;
use self::signals::Signals;
use super::Context;
use crate::cli::Run;
use crate::error::Failure;
use crate::telemetry::{Condition, Telemetry};

/// How long writes that are under way may take to end when the controller is told to.
const DRAIN_WITHIN: Duration = Duration::from_millis(400);

/// Reconciles until it is told to stop.
pub(crate) async fn run(context: &Context, arguments: Run) -> Result<ExitCode, Failure> {
    let mut signals = Signals::listen().map_err(Failure::Runtime)?;
    let telemetry = Telemetry::start(&arguments.reporting)?;
    let (cluster, host) = context.cluster_and_host().await?;
    let cluster = telemetry.observed(&cluster, &host);
    let scratch = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let options = Options { observers: telemetry.observers(), ..options(context, &arguments, scratch.path()) };
    let condition = Arc::new(Condition::new(lease_name(&arguments)));
    let _endpoint = telemetry.serve(&condition).await?;
    if arguments.leader_elect {
        lead(context, &arguments, &cluster, &options, &condition, &mut signals).await?;
    } else {
        let engine = Engine::start(cluster, options);
        condition.leads();
        signals.stop().await;
        engine.stop().await;
    }
    telemetry.finish().await;
    Ok(ExitCode::SUCCESS)
}

/// Runs an engine for each term of leadership, and none in between.
async fn lead(
    context: &Context,
    arguments: &Run,
    cluster: &Cluster,
    options: &Options,
    condition: &Condition,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let namespace = arguments.leader_election_namespace.clone().unwrap_or_else(|| context.namespace().to_owned());
    let layout = Layout { namespace: namespace.clone(), name: election_name(arguments), shard: arguments.shard };
    let place = Place { namespace, name: layout.lease() };
    let timing = Timing::default();
    let mut elector = Elector::start(cluster, place, &identity(), timing);
    loop {
        condition.follows();
        let term = tokio::select! {
            biased;
            () = signals.stop() => break,
            term = elector.elected() => term,
        };
        tokio::select! {
            biased;
            () = signals.stop() => break,
            () = term.ended() => continue,
            () = layout.alone(cluster, &timing) => {}
        }
        let engine = Engine::start(cluster.fenced(term.clone())?, options.clone());
        condition.leads();
        tokio::select! {
            biased;
            () = signals.stop() => {
                // What is under way must have ended before somebody else may begin. What does not end in time keeps the
                // lease until it runs out.
                term.close();
                if tokio::time::timeout(DRAIN_WITHIN, term.drained()).await.is_ok() {
                    // Nothing is written any more: nobody has to wait until what is being computed has ended.
                    elector.resign().await;
                } else {
                    tracing::warn!("writes are still under way; the lease is left to run out");
                }
                engine.stop().await;
                return Ok(());
            }
            () = term.ended() => engine.stop().await,
        }
    }
    elector.resign().await;
    Ok(())
}

fn options(context: &Context, arguments: &Run, scratch: &std::path::Path) -> Options {
    let scope =
        if arguments.watch_all_namespaces { Scope::Cluster } else { Scope::Namespace(context.namespace().to_owned()) };
    let cache = arguments.storage_path.clone().unwrap_or_else(|| scratch.to_owned());
    Options {
        mirrors: Mirrors::new(arguments.mirroring.mirrors.iter().cloned()),
        concurrency: arguments.concurrent,
        watched: Watched { scope, labels: arguments.watch_label_selector.clone() },
        default_service_account: arguments.default_service_account.clone(),
        cross_namespace: arguments.reaching.cross_namespace(),
        remote_bases: arguments.reaching.remote_bases(),
        analysis: arguments.reaching.analysis(),
        flux_controllers: FluxControllers::Heeded,
        shard: arguments.shard,
        ..Options::new(cache)
    }
}

/// The lease that a replica runs for.
fn lease_name(arguments: &Run) -> String {
    layout::lease(&election_name(arguments), arguments.shard)
}

/// Deployments that share the work by labels hold a lease each.
fn election_name(arguments: &Run) -> String {
    match (&arguments.leader_election_id, arguments.watch_label_selector.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "") => "tenter".to_owned(),
        (None, selector) => format!("tenter-{:08x}", fingerprint(selector)),
    }
}

/// FNV-1a: names need to be spread, not secret, and the same in every version.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The pod's name, for people, and what no other process ever had.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "tenter".to_owned());
    let started = jiff::Timestamp::now().as_nanosecond();
    format!("{host}_{}-{started:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[&str]) -> Run {
        let words = ["tenter", "run"].iter().chain(arguments);
        match Cli::try_parse_from(words).expect("arguments of run").command {
            Command::Run(run) => *run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn shares_of_the_work_hold_leases_of_their_own() {
        for (arguments, name) in [
            (&[][..], "tenter"),
            (&["--watch-label-selector", "shard=a"], "tenter-b0cc3519"),
            (&["--watch-label-selector", "shard=b"], "tenter-adcc3060"),
            (&["--watch-label-selector", "shard=b", "--leader-election-id", "mine"], "mine"),
            (&["--shard", "0/1"], "tenter"),
            (&["--shard", "2/3"], "tenter-2-of-3"),
            (&["--shard", "0/2", "--leader-election-id", "mine"], "mine-0-of-2"),
        ] {
            assert_eq!(lease_name(&parsed(arguments)), name, "{arguments:?}");
        }
    }

    #[test]
    fn all_namespaces_and_one_leader_are_the_defaults() {
        let run = parsed(&[]);
        assert!(run.watch_all_namespaces && run.leader_elect);
        let run = parsed(&["--watch-all-namespaces=false", "--leader-elect=false"]);
        assert!(!run.watch_all_namespaces && !run.leader_elect);
    }
}
