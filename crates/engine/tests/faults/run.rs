//! One run: a history driven through an engine under faults, and what must hold afterwards.

use std::time::Duration;

use cluster::{ObjectRef, Propagation, Scope};
use engine::{Engine, Options, Watched};
use serde_json::json;
use source::{Mirror, Mirrors};
use tempfile::TempDir;
use testkit::faults::{Chance, Climate, CrashSide, Process, Skew, Weather};
use testkit::git::History;
use tokio::task::JoinHandle;

use crate::check::differences;
use crate::files::{ADDRESS, Names, ROOT, root, snapshot, source};
use crate::ground::Ground;
use crate::history::{Commit, history};
use crate::losses::Losses;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) commits: usize,
    pub(crate) crashes: usize,
    /// How often the clock of the engine's machine jumped.
    pub(crate) jumps: usize,
    /// How long, after the faults ended, until the cluster was as Git declares.
    pub(crate) converged: Duration,
    pub(crate) weather: Weather,
    /// What did not hold.
    pub(crate) broken: Vec<String>,
}

struct Run {
    ground: Ground,
    names: Names,
    weather: Weather,
    chance: Chance,
    commits: Vec<Commit>,
    repository: History,
    losses: Losses,
    cache: TempDir,
    seed: u64,
    crashes: usize,
    /// How far the clock of the engine's machine is off. A crash does not mend it.
    skew: Skew,
    clock: Chance,
    jumps: usize,
}

/// By how much a clock is off at most, in seconds: a machine that slept for a night, or never knew the time zone.
const FARTHEST: i64 = 14 * 3600;

/// The engine's present life.
struct Life {
    process: Process,
    engine: Option<engine::Running>,
}

/// Runs a seed on a ground.
pub(crate) async fn run(seed: u64, ground: Ground, climate: Climate) -> Outcome {
    let names = Names { flux: format!("flux-{seed}"), apps: format!("apps-{seed}") };
    let commits = history(seed);
    let snapshots: Vec<_> = commits.iter().map(|commit| snapshot(commit, &names)).collect();
    let mut run = Run {
        weather: Weather::new(seed, climate),
        chance: Chance::of(seed, "run", 0),
        repository: History::create(&snapshots).unwrap(),
        losses: Losses::default(),
        cache: tempfile::tempdir().unwrap(),
        crashes: 0,
        skew: Skew::default(),
        clock: Chance::of(seed, "clock", 0),
        jumps: 0,
        ground,
        names,
        commits,
        seed,
    };
    let beside = run.begin().await;
    let mut broken = Vec::new();
    let converged = run.all(&mut broken).await;
    broken.extend(run.losses.lost());
    beside.iter().for_each(JoinHandle::abort);
    let Run { crashes, jumps, weather, .. } = run;
    Outcome { commits: run.commits.len(), crashes, jumps, converged, weather, broken }
}

impl Run {
    /// What is there before the engine.
    async fn begin(&self) -> Vec<JoinHandle<()>> {
        self.ground.make_namespaces(&self.names).await;
        self.ground.apply(&source(&self.names)).await;
        self.ground.apply(&root(&self.commits[0].state, &self.names)).await;
        vec![
            tokio::spawn(self.ground.clone().make_workloads_ready(self.names.clone())),
            tokio::spawn(self.losses.clone().watch(self.ground.clone(), self.names.clone())),
        ]
    }

    async fn all(&mut self, broken: &mut Vec<String>) -> Duration {
        let mut life = self.rain().await;
        self.weather.clear();
        // The last life under faults may be one that is about to end.
        life = self.reborn(life, None).await;
        let began = tokio::time::Instant::now();
        let revision = self.revision();
        let converged = loop {
            let found = self.differences(&revision).await;
            if found.is_empty() {
                break began.elapsed();
            }
            if began.elapsed() > self.ground.pace.patience {
                broken.push("the cluster never came to be as Git declares:".to_owned());
                broken.extend(found);
                return began.elapsed();
            }
            tokio::time::sleep((began.elapsed() / 4).max(Duration::from_secs(1))).await;
        };
        self.weather.note("", &format!("converged after {converged:?}"));
        self.stays_quiet(broken).await;
        self.repeats_nothing(broken).await;
        self.restarts_quietly(life, broken).await;
        let found = self.differences(&revision).await;
        if !found.is_empty() {
            broken.push("the cluster did not stay as Git declares:".to_owned());
            broken.extend(found);
        }
        converged
    }

    /// The commits, the faults and the crashes.
    async fn rain(&mut self) -> Life {
        let crash = self.crash();
        let mut life = self.born(crash);
        for number in 0..self.commits.len() {
            let commit = &self.commits[number];
            self.weather.note("commit", &format!("{number}: {}", commit.about));
            self.losses.declare(Some(&commit.state));
            self.repository.show(number).unwrap();
            if self.chance.comes(500) {
                self.ask("source.toolkit.fluxcd.io/v1", "GitRepository", "fleet").await;
            }
            let away = self.chance.comes(100);
            if away {
                self.weather.note("", &"the git server is away");
                self.repository.take_away().unwrap();
            }
            self.jump();
            let dwell = self.ground.pace.dwell.mul_f64(self.chance.below(1000) as f64 / 1000.0);
            life = self.live_through(life, dwell).await;
            if away {
                self.repository.bring_back().unwrap();
                life = self.live_through(life, dwell / 2).await;
            }
            if self.chance.comes(250) {
                self.interfere(number).await;
            }
        }
        life
    }

    /// The clock may jump, ahead or back, by seconds or by hours; now and then somebody sets it right.
    fn jump(&mut self) {
        if !self.clock.comes(300) {
            return;
        }
        let farthest = if self.clock.comes(300) { 90 } else { FARTHEST };
        let seconds = if self.clock.comes(200) { 0 } else { self.clock.below(2 * farthest as u64) as i64 - farthest };
        self.weather.note("clock", &format!("it is {seconds} s ahead from now on"));
        self.skew.jump_to(seconds);
        self.jumps += 1;
    }

    fn crash(&mut self) -> Option<(u64, CrashSide)> {
        let side = if self.chance.comes(500) { CrashSide::Before } else { CrashSide::After };
        self.chance.comes(600).then_some(()).map(|()| (1 + self.chance.below(160), side))
    }

    /// Lets time pass. Whoever dies comes back after a while.
    async fn live_through(&mut self, mut life: Life, time: Duration) -> Life {
        let end = tokio::time::Instant::now() + time;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return life,
                () = life.process.crashed() => {
                    self.crashes += 1;
                    drop(life.engine.take());
                    tokio::time::sleep(Duration::from_millis(self.chance.below(8000))).await;
                    let crash = self.crash();
                    life = self.born(crash);
                }
            }
        }
    }

    fn born(&self, crash: Option<(u64, CrashSide)>) -> Life {
        self.weather.note("", &"the engine starts");
        let process = self.weather.process(crash);
        let cluster = self.ground.seen_by(&process, &self.skew, self.seed);
        let target = format!("file://{}", self.repository.path().display());
        let options = Options {
            mirrors: Mirrors::new([Mirror::new(ADDRESS, &target).unwrap()]),
            watched: Watched { scope: Scope::Namespace(self.names.flux.clone()), labels: String::new() },
            ..Options::new(self.cache.path().to_owned())
        };
        Life { process, engine: Some(Engine::start(cluster, options)) }
    }

    /// Ends a life, unless it is one that goes on for ever, and begins another.
    async fn reborn(&mut self, mut life: Life, crash: Option<(u64, CrashSide)>) -> Life {
        if self.chance.comes(500) && life.process.is_immortal() {
            return life;
        }
        if let Some(engine) = life.engine.take() {
            engine.stop().await;
        }
        life.process.crash();
        self.born(crash)
    }

    /// Once everything is done, nothing but watches is heard of the engine.
    async fn stays_quiet(&self, broken: &mut Vec<String>) {
        tokio::time::sleep(self.ground.pace.settle).await;
        let before = self.weather.count();
        tokio::time::sleep(self.ground.pace.idle).await;
        let made = self.since(before, |request| !request.contains("watch=true"));
        if !made.is_empty() {
            broken.push(format!("an idle engine made {} requests:", made.len()));
            broken.extend(made);
        }
    }

    /// Asked to reconcile what is as it should be, the engine writes nothing but that it did.
    async fn repeats_nothing(&self, broken: &mut Vec<String>) {
        let before = self.weather.count();
        let state = &self.commits[self.commits.len() - 1].state;
        for name in state.units.keys().map(String::as_str).chain([ROOT]) {
            self.ask("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name).await;
        }
        for name in state.releases.keys() {
            self.ask("helm.toolkit.fluxcd.io/v2", "HelmRelease", name).await;
        }
        tokio::time::sleep(self.ground.pace.idle).await;
        let written = self.since(before, writes);
        if !written.is_empty() {
            broken.push("asked once more, the engine wrote again:".to_owned());
            broken.extend(written);
        }
    }

    /// A new engine finds everything done.
    async fn restarts_quietly(&mut self, mut life: Life, broken: &mut Vec<String>) {
        if let Some(engine) = life.engine.take() {
            engine.stop().await;
        }
        let before = self.weather.count();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let made = self.since(before, |_| true);
        if !made.is_empty() {
            broken.push("a stopped engine made requests:".to_owned());
            broken.extend(made);
        }
        life.process.crash();
        let before = self.weather.count();
        let _life = self.born(None);
        tokio::time::sleep(self.ground.pace.idle).await;
        let written = self.since(before, writes);
        if !written.is_empty() {
            broken.push("a new engine wrote what was written:".to_owned());
            broken.extend(written);
        }
    }

    fn since(&self, before: usize, of_interest: impl Fn(&str) -> bool) -> Vec<String> {
        let made = self.weather.requests().into_iter().skip(before);
        made.filter(|(_, request)| of_interest(request))
            .map(|(time, request)| format!("  {time:.3?} {request}"))
            .collect()
    }

    /// Asks for a reconciliation, as `flux reconcile` does.
    async fn ask(&self, api_version: &str, kind: &str, name: &str) {
        let object = self.reference(api_version, kind, &self.names.flux, name);
        let at = format!("{:?}", tokio::time::Instant::now());
        let patch = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": at}}});
        self.ground.cluster.merge_patch(&object, "flux", &patch).await.unwrap();
    }

    /// Changes or deletes something by hand that Git declares.
    async fn interfere(&mut self, number: usize) {
        let state = &self.commits[number].state;
        let units = state.units.values().filter(|unit| !unit.suspended);
        let mut candidates: Vec<String> = units.flat_map(|unit| unit.maps.keys().cloned()).collect();
        candidates
            .extend(state.releases.iter().filter(|(_, release)| !release.suspended).map(|(name, _)| name.clone()));
        let Some(name) = self.chance.one_of(&candidates) else { return };
        let object = self.reference("v1", "ConfigMap", &self.names.apps, name);
        let Some(live) = self.ground.cluster.get(&object).await.unwrap() else { return };
        if self.chance.comes(500) {
            self.weather.note("by hand", &format!("delete {name}"));
            self.losses.expect(&live);
            self.ground.cluster.delete(&object, Propagation::Background, None).await.unwrap();
        } else {
            self.weather.note("by hand", &format!("change {name}"));
            let patch = json!({"data": {"value": "by hand"}});
            self.ground.cluster.merge_patch(&object, "kubectl-edit", &patch).await.unwrap();
        }
    }

    fn reference(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
        ObjectRef::new(manifest::GroupVersionKind::from_api_version(api_version, kind), namespace, name)
    }

    fn revision(&self) -> String {
        format!("main@sha1:{}", self.repository.show(self.commits.len() - 1).unwrap())
    }

    async fn differences(&self, revision: &str) -> Vec<String> {
        let state = &self.commits[self.commits.len() - 1].state;
        differences(&self.ground, &self.names, state, revision).await
    }
}

/// Whether a request changes anything but the status of a Flux object.
fn writes(request: &str) -> bool {
    let (method, target) = request.split_once(' ').unwrap_or_default();
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let is_told = path.ends_with("/status") || path.contains("/events");
    method != "GET" && !target.contains("dryRun=All") && !is_told
}
