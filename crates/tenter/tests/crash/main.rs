//! `kill -9` during start-up, apply, prune and status writes: after a restart the cluster equals Git, nothing that was
//! answered is lost, nothing is left behind, and resource versions never go back.
//!
//! `TENTER_CRASH_POINTS` sets how many times the process is killed (20 unless set), `TENTER_CRASH_SEED` replays a run:
//! the changes to the repository and the chosen moments are the same, what the process does at a moment need not be.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests, outside of their functions"
)]

mod declared;
mod process;
mod random;
mod verify;
mod witness;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use declared::Declared;
use process::Process;
use random::Random;
use tempfile::TempDir;
use testkit::git::Repository;
use tokio::time::Instant;
use witness::Witness;

/// How many times the process is killed when nobody says otherwise.
const POINTS: u64 = 20;

/// How many kills lie between two full verifications.
const KILLS_PER_CHECK: u64 = 4;

/// How many processes are killed side by side, each with a repository and a folder of its own.
const SERIES: u64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_crash_the_cluster_equals_git() {
    // It fails only if it is already set, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let points = number("TENTER_CRASH_POINTS").unwrap_or(POINTS);
    let seed = number("TENTER_CRASH_SEED").unwrap_or_else(seed_from_clock);
    println!("{points} crash points; replay with TENTER_CRASH_SEED={seed}");
    let begun = Instant::now();
    let all = (0..SERIES).map(|index| {
        let share = points / SERIES + u64::from(index < points % SERIES);
        series(index, share, seed.wrapping_add(index))
    });
    let answered: u64 = futures::future::join_all(all).await.iter().sum();
    println!("{points} crash points and {answered} answered writes survived in {:?}", begun.elapsed());
}

/// Kills one process after the other over one data folder; how many writes had been answered.
async fn series(index: u64, points: u64, seed: u64) -> u64 {
    let (mut changes, mut moments) = (Random::new(seed), Random::new(seed ^ 1));
    let folder = TempDir::new().unwrap();
    let repository = Repository::create().unwrap();
    let mut declared = Declared::first();
    let mut witness = Witness::default();
    let mut head = declared.commit(&repository);

    // The first, undisturbed run tells how long the phases take here.
    let (starting, settling) = check(&repository, &folder, &declared, &head, &mut witness).await;
    for point in 1..=points {
        declared.change(&mut changes);
        head = declared.commit(&repository);
        let moment = Moment::choose(&mut moments, starting, settling);
        println!("series {index}, point {point}: {moment:?}");
        interrupt(&repository, &folder, moment, &mut witness).await;
        if point % KILLS_PER_CHECK == 0 || point == points {
            check(&repository, &folder, &declared, &head, &mut witness).await;
        }
    }

    let mut last = Process::start(&repository, &folder, &["--exit"]);
    assert!(last.ended().await.success(), "`up --exit` after all crashes: {}", last.log());
    witness.answered()
}

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after the process started.
    OfStart(Duration),
    /// So long after its API was announced: the source is fetched, objects are applied and pruned, status is written.
    OfWork(Duration),
}

impl Moment {
    fn choose(random: &mut Random, starting: Duration, settling: Duration) -> Moment {
        match random.below(5) {
            0 => Moment::OfStart(random.within(starting)),
            // Most writes come early; later there is mostly waiting for pods.
            1 | 2 => Moment::OfWork(random.within(settling / 4)),
            _ => Moment::OfWork(random.within(settling)),
        }
    }
}

/// Starts the process and kills it at the moment.
async fn interrupt(repository: &Repository, folder: &TempDir, moment: Moment, witness: &mut Witness) {
    let mut process = Process::start(repository, folder, &[]);
    match moment {
        Moment::OfStart(after) => tokio::time::sleep(after).await,
        Moment::OfWork(after) => {
            process.announced().await;
            let writing = witness.write(process.cluster().await);
            tokio::time::sleep(after).await;
            process.kill().await;
            writing.end().await;
            return;
        }
    }
    process.kill().await;
}

/// Starts the process, waits until it has settled on `head`, compares everything, and kills it. Returns how long the
/// API took to be announced, and how long everything took from there.
async fn check(
    repository: &Repository,
    folder: &TempDir,
    declared: &Declared,
    head: &str,
    witness: &mut Witness,
) -> (Duration, Duration) {
    let begun = Instant::now();
    let mut process = Process::start(repository, folder, &[]);
    process.announced().await;
    let starting = begun.elapsed();
    let cluster = process.cluster().await;
    witness.verify(&cluster, &process.client().await).await;
    let log = process.log_handle();
    verify::settled(&cluster, declared, head, &log).await;
    let settling = begun.elapsed() - starting;
    verify::equal(&cluster, declared).await;
    verify::nothing_left(&cluster, declared, &log).await;
    process.kill().await;
    (starting, settling)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")))
}

fn seed_from_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
