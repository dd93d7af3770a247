//! Many runs at once, and what is told of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use testkit::faults::Climate;
use testkit::kubernetes::{ControlPlane, Selected};
use testkit::tools::{Tool, find};

use crate::ground::Ground;
use crate::run::{Outcome, run};

/// How many seeds are run unless `TENTER_FAULT_SEEDS` says otherwise.
const SEEDS: u64 = 40;

/// How many on a real API server.
const REAL_SEEDS: u64 = 20;

/// How many of those at once.
const AT_ONCE: usize = 4;

/// Of so many failing seeds it is told what happened.
const TOLD: usize = 3;

#[derive(Default)]
struct Sum {
    runs: u64,
    commits: usize,
    crashes: usize,
    jumps: usize,
    requests: usize,
    faults: BTreeMap<String, usize>,
    slowest: (Duration, u64),
    failures: Vec<(u64, String)>,
}

#[test]
fn the_cluster_is_as_git_declares_after_every_storm() {
    let seeds = seeds(SEEDS);
    let (next, sum, began) = (AtomicU64::new(seeds.start), Mutex::new(Sum::default()), Instant::now());
    let alone = seeds.end - seeds.start == 1;
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let told = embedded(seed);
                    if alone && let Ok(outcome) = &told {
                        say(&format!("{}converged after {:?}\n", outcome.weather.log(), outcome.converged));
                    }
                    sum.lock().unwrap().add(seed, told);
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    say(&sum.tell(began.elapsed()));
    let failed: Vec<u64> = sum.failures.iter().map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "these seeds failed: {failed:?}");
}

/// Which seeds to run, if nobody says otherwise so many.
fn seeds(usual: u64) -> Range<u64> {
    let variable = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    match variable("TENTER_FAULT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..variable("TENTER_FAULT_SEEDS").unwrap_or(usual),
    }
}

/// The same on a real API server, in real time.
#[test]
fn a_real_cluster_is_as_git_declares_after_every_storm() {
    if Selected::from_environment() != Selected::Kubernetes {
        say("skipped: TENTER_CLUSTER=kubernetes runs the storms on a real control plane\n");
        return;
    }
    // It fails only if it is already set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = find(Tool::Kubernetes).unwrap_or_else(|missing| panic!("{missing}"));
    let control_plane = ControlPlane::start_with_controllers(&program, "*").unwrap();
    let (seeds, began) = (seeds(REAL_SEEDS), Instant::now());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sum = runtime.block_on(async {
        let ground = Ground::kubernetes(&control_plane).await;
        let runs = seeds.map(|seed| {
            // A dead connection is noticed after a quarter of an hour, a silent one after a minute and a half.
            let climate = Climate { watch_deafens: 0, silent: 0, ..Climate::of(seed) };
            let run = run(seed, ground.clone(), climate);
            async move { (seed, tokio::spawn(run).await.map_err(|error| format!("{error}\n"))) }
        });
        let mut sum = Sum::default();
        let mut ended = futures::stream::iter(runs).buffer_unordered(AT_ONCE);
        while let Some((seed, told)) = ended.next().await {
            sum.add(seed, told);
        }
        sum
    });
    say(&sum.tell(began.elapsed()));
    let failed: Vec<u64> = sum.failures.iter().map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "these seeds failed on the real API server: {failed:?}");
}

/// One seed on an embedded server of its own, on one thread whose clock jumps to whatever is due next.
fn embedded(seed: u64) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let whole = async { run(seed, Ground::embedded().await, Climate::of(seed)).await };
        AssertUnwindSafe(whole).catch_unwind().await.map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            format!("panicked: {}\n", text.unwrap_or("of something else"))
        })
    })
}

impl Sum {
    fn add(&mut self, seed: u64, told: Result<Outcome, String>) {
        self.runs += 1;
        let outcome = match told {
            Ok(outcome) => outcome,
            Err(why) => return self.failures.push((seed, why)),
        };
        self.commits += outcome.commits;
        self.crashes += outcome.crashes;
        self.jumps += outcome.jumps;
        self.requests += outcome.weather.count();
        for (kind, count) in outcome.weather.injected() {
            *self.faults.entry(kind).or_default() += count;
        }
        self.slowest = self.slowest.max((outcome.converged, seed));
        if !outcome.broken.is_empty() {
            let why = format!("{}\nWhat happened:\n{}", outcome.broken.join("\n"), outcome.weather.log());
            self.failures.push((seed, why));
        }
    }

    fn tell(&self, took: Duration) -> String {
        let mut text = String::new();
        for (number, (seed, why)) in self.failures.iter().enumerate() {
            // What happened is told of the first ones only. Writing into a string does not fail.
            let why = if number < TOLD { why } else { why.split("\nWhat happened").next().unwrap_or_default() };
            let _ = writeln!(
                text,
                "\nSeed {seed} failed. Again: TENTER_FAULT_SEED={seed} cargo test -p engine --test faults\n{why}"
            );
        }
        let faults: usize = self.faults.values().sum();
        let _ = writeln!(
            text,
            "{} seeds, {} of them failed: {} commits, {} crashes, {} jumps of the clock, {} requests, {faults} faults in {took:.1?}; the slowest \
             (seed {}) was as Git declares {:.0?} after its faults ended\n{:?}",
            self.runs,
            self.failures.len(),
            self.commits,
            self.crashes,
            self.jumps,
            self.requests,
            self.slowest.1,
            self.slowest.0,
            self.faults
        );
        text
    }
}

/// Prints what is to be seen whether the test passes or not.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell if this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
