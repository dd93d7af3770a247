//! A cluster and a Helm that do what a script says.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::TestHook;
use plan::release::{
    ActError, Acted, Action, ChartFacts, Drift, End, Event, Fingerprint, Next, Run, State, Status, Stored, ValuesFacts,
    deletion, forget_target, release_name, target_change, uninstalled,
};
use serde_json::{Value, json};

/// How an action goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goes {
    /// Well.
    Well,
    /// It fails, and Helm has stored it.
    Wrong,
    /// It fails before Helm stores anything.
    Nowhere,
}

/// A cluster with one HelmRelease.
pub(crate) struct World {
    /// The HelmRelease, without its status.
    pub(crate) object: Value,
    /// Its status.
    pub(crate) status: Value,
    /// What Helm has stored.
    pub(crate) stored: Vec<Stored>,
    /// The chart that there is.
    pub(crate) chart: ChartFacts,
    /// The values, as a word.
    pub(crate) values: &'static str,
    /// What is different in the cluster.
    pub(crate) drift: Option<Drift>,
    /// What happened.
    pub(crate) transcript: String,
    time: u32,
}

/// Values that are said with a word.
fn values(word: &str) -> ValuesFacts {
    ValuesFacts { digest: format!("sha256:{word}"), checksum: word.to_owned() }
}

impl World {
    /// With a HelmRelease `apps/web` of this spec.
    pub(crate) fn new(mut spec: Value) -> World {
        spec["interval"] = json!("10m");
        spec["chartRef"] = json!({"kind": "OCIRepository", "name": "web"});
        World {
            object: json!({"metadata": {"name": "web", "namespace": "apps", "generation": 1}, "spec": spec}),
            status: json!({}),
            stored: Vec::new(),
            chart: ChartFacts { name: "web".to_owned(), version: "1.0.0".to_owned(), ..ChartFacts::default() },
            values: "a",
            drift: None,
            transcript: String::new(),
            time: 0,
        }
    }

    /// Changes the spec.
    pub(crate) fn edit(&mut self, pointer: &str, value: Value) {
        self.object["metadata"]["generation"] = json!(self.object["metadata"]["generation"].as_i64().unwrap() + 1);
        match pointer.rsplit_once('/') {
            Some((parent, name)) => self.object["spec"].pointer_mut(parent).unwrap()[name] = value,
            None => unreachable!("a pointer has a slash"),
        }
        let _ = writeln!(self.transcript, "* spec{pointer} changed");
    }

    /// Annotates a request.
    pub(crate) fn request(&mut self, names: &[&str], value: &str) {
        for name in names {
            self.object["metadata"]["annotations"][format!("reconcile.fluxcd.io/{name}")] = json!(value);
        }
        let _ = writeln!(self.transcript, "* {} = {value}", names.join(", "));
    }

    /// Says that something happens.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.transcript, "* {text}");
    }

    /// Puts a release into storage that somebody made with Helm.
    pub(crate) fn store(&mut self, version: u32, status: Status) {
        let stored = self.revision(version, status);
        self.stored.push(stored);
    }

    fn now(&mut self) -> String {
        self.time += 1;
        format!("2026-01-02T03:{:02}:{:02}Z", self.time / 60, self.time % 60)
    }

    fn read(&self) -> HelmRelease {
        let mut object = self.object.clone();
        object["status"] = self.status.clone();
        HelmRelease::read(&object).unwrap()
    }

    fn revision(&mut self, version: u32, status: Status) -> Stored {
        let release = self.read();
        let now = self.now();
        let mut stored = Stored {
            name: release_name(&release),
            namespace: release.release_namespace().to_owned(),
            version,
            status,
            chart_name: self.chart.name.clone(),
            chart_version: self.chart.version.clone(),
            app_version: self.chart.app_version.clone(),
            config_digest: values(self.values).digest,
            first_deployed: Some(now.clone()),
            last_deployed: Some(now),
            deleted: None,
            tests: BTreeMap::new(),
            fingerprint: Fingerprint::of("{}"),
        };
        seal(&mut stored);
        stored
    }

    /// Reconciles once; the actions go as `script` says, and well after it.
    pub(crate) fn reconcile(&mut self, script: &[Goes]) -> End {
        let mut script = script.iter().copied();
        let mut next = || script.next().unwrap_or(Goes::Well);
        let mut release = self.read();
        let chart = self.chart.clone();
        if let Some(change) = target_change(&release, &chart.name) {
            let _ = writeln!(self.transcript, "{change} changed: uninstall of the old release");
            let acted = self.uninstall(next(), release.spec.uninstall.keep_history);
            let now = self.now();
            let (events, went) = uninstalled(&mut release, &acted, &now);
            self.tell(&events);
            if went.is_ok() {
                forget_target(&mut release.status);
            }
            self.status = serde_json::to_value(&release.status).unwrap();
            return self.conclude(&End::Again);
        }
        let mut run = Run::begin(release, chart, values(self.values));
        // Every kind of action is done once at most, so this is more than enough.
        for _ in 0..8 {
            let now = self.now();
            let mut state = run.state(&self.stored).unwrap();
            if state == State::InSync
                && run.detects_drift()
                && let Some(drift) = &self.drift
            {
                state = State::Drifted(drift.clone());
            }
            let _ = write!(self.transcript, "{}", word(&state));
            let (next_step, events) = run.next(state, &self.stored, &now);
            let step = match next_step {
                Next::End(end) => {
                    self.transcript.push('\n');
                    self.tell(&events);
                    self.status = serde_json::to_value(run.status()).unwrap();
                    return self.conclude(&end);
                }
                Next::Step(step) => step,
            };
            let _ = writeln!(self.transcript, " -> {} ({})", step.action.name(), step.reason);
            self.tell(&events);
            self.status = serde_json::to_value(run.status()).unwrap();
            let now = self.now();
            let finished = match &step.action {
                Action::CorrectDrift(_) => {
                    self.drift = None;
                    run.corrected(&["Deployment/apps/web configured".to_owned()], &[], &now)
                }
                action => {
                    let acted = self.act(action, next());
                    run.acted(action, &acted, &now)
                }
            };
            self.tell(&finished.events);
            self.status = serde_json::to_value(run.status()).unwrap();
            if let Some(end) = finished.end {
                return self.conclude(&end);
            }
        }
        panic!("no end:\n{}", self.transcript);
    }

    /// Deletes the HelmRelease.
    pub(crate) fn delete(&mut self, goes: Goes) {
        let mut release = self.read();
        let what = deletion(&release);
        let _ = writeln!(self.transcript, "deleted: {what:?}");
        if let plan::release::Deletion::Uninstall { .. } = what {
            let acted = self.uninstall(goes, release.spec.uninstall.keep_history);
            let now = self.now();
            let (events, went) = uninstalled(&mut release, &acted, &now);
            self.tell(&events);
            let _ = writeln!(self.transcript, "{went:?}; {} stored", self.stored.len());
        }
    }

    fn act(&mut self, action: &Action, goes: Goes) -> Acted {
        let newest = self.stored.iter().map(|stored| stored.version).max().unwrap_or_default();
        let error = match goes {
            Goes::Well => None,
            Goes::Wrong => Some(ActError::Failed("timed out waiting for the condition".to_owned())),
            Goes::Nowhere => Some(ActError::Failed("parse error in template".to_owned())),
        };
        let written = match (action, goes) {
            (Action::Unlock { .. }, Goes::Nowhere) => {
                self.stored.iter().max_by_key(|stored| stored.version).cloned().into_iter().collect()
            }
            (_, Goes::Nowhere) => Vec::new(),
            (Action::UninstallRemediation, _) => return self.uninstall(goes, false),
            (Action::Install | Action::Upgrade, Goes::Well) => self.deploy(newest + 1),
            (Action::Install | Action::Upgrade, Goes::Wrong) => {
                let failed = self.revision(newest + 1, Status::Failed);
                self.stored.push(failed.clone());
                vec![failed]
            }
            (Action::Rollback { to }, Goes::Well) => {
                let target = self.stored.iter().find(|stored| stored.version == *to).cloned().unwrap();
                let mut written = self.deploy(newest + 1);
                for stored in [written.last_mut().unwrap(), self.stored.last_mut().unwrap()] {
                    stored.chart_version.clone_from(&target.chart_version);
                    stored.config_digest.clone_from(&target.config_digest);
                    seal(stored);
                }
                written
            }
            (Action::Rollback { .. }, Goes::Wrong) => {
                let failed = self.revision(newest + 1, Status::Failed);
                self.stored.push(failed.clone());
                vec![failed]
            }
            (Action::Test, _) => {
                let phase = if goes == Goes::Well { "Succeeded" } else { "Failed" };
                let now = self.now();
                let hook =
                    TestHook { last_started: Some(now.clone()), last_completed: Some(now), phase: phase.to_owned() };
                let last = self.stored.last_mut().unwrap();
                last.tests.insert("smoke".to_owned(), hook);
                vec![last.clone()]
            }
            (Action::Unlock { .. }, _) => {
                let last = self.stored.iter_mut().max_by_key(|stored| stored.version).unwrap();
                last.status = Status::Failed;
                seal(last);
                vec![last.clone()]
            }
            (Action::CorrectDrift(_), _) => unreachable!("corrected elsewhere"),
        };
        Acted { written, error, took: Duration::from_millis(1500), log: String::new() }
    }

    /// A new revision, which supersedes the others.
    fn deploy(&mut self, version: u32) -> Vec<Stored> {
        let mut written = Vec::new();
        for stored in &mut self.stored {
            if stored.status == Status::Deployed {
                stored.status = Status::Superseded;
                seal(stored);
                written.push(stored.clone());
            }
        }
        let new = self.revision(version, Status::Deployed);
        self.stored.push(new.clone());
        written.push(new);
        written
    }

    fn uninstall(&mut self, goes: Goes, keep: bool) -> Acted {
        let Some(mut last) = self.stored.last().cloned() else {
            return Acted { error: Some(ActError::NotFound), ..Acted::default() };
        };
        if goes != Goes::Well {
            return Acted { error: Some(ActError::Failed("hook failed".to_owned())), ..Acted::default() };
        }
        if last.status == Status::Uninstalled {
            return Acted { error: Some(ActError::AlreadyUninstalled(last.name)), ..Acted::default() };
        }
        last.status = if keep { Status::Uninstalled } else { Status::Uninstalling };
        seal(&mut last);
        if keep {
            *self.stored.last_mut().unwrap() = last.clone();
        } else {
            self.stored.clear();
        }
        Acted { written: vec![last], ..Acted::default() }
    }

    fn tell(&mut self, events: &[Event]) {
        for event in events {
            let _ = writeln!(self.transcript, "  {:?} {}: {}", event.kind, event.reason, event.message);
        }
    }

    fn conclude(&mut self, end: &End) -> End {
        let release = self.read();
        let status = &release.status;
        let _ = writeln!(self.transcript, "end: {end:?}");
        let mut conditions = status.conditions.0.clone();
        conditions.sort_by(|left, right| left.kind.cmp(&right.kind));
        for condition in conditions {
            let _ = writeln!(
                self.transcript,
                "  {}={} {}: {}",
                condition.kind, condition.status, condition.reason, condition.message
            );
        }
        let history: Vec<String> = status
            .history
            .all()
            .iter()
            .map(|snapshot| {
                let action = snapshot.action.map_or("", |action| action.name());
                let tests =
                    snapshot.test_hooks.iter().flatten().map(|(name, hook)| {
                        format!(" {name}:{}", hook.as_ref().map_or("", |hook| hook.phase.as_str()))
                    });
                format!("v{} {} {action}{}", snapshot.version, snapshot.status, tests.collect::<String>())
            })
            .collect();
        let _ = writeln!(
            self.transcript,
            "  failures {}/{}/{}, history [{}], observed {}",
            status.failures,
            status.install_failures,
            status.upgrade_failures,
            history.join(", "),
            status.observed_generation,
        );
        end.clone()
    }
}

/// Gives a revision the fingerprint of its content.
fn seal(stored: &mut Stored) {
    stored.fingerprint = Fingerprint::of(
        &json!({"version": stored.version, "status": stored.status.name(), "chart": stored.chart_version}).to_string(),
    );
}

fn word(state: &State) -> &'static str {
    match state {
        State::Absent(_) => "absent",
        State::Unmanaged(_) => "unmanaged",
        State::OutOfSync(_) => "out of sync",
        State::Locked(_) => "locked",
        State::Untested => "untested",
        State::Failed(_) => "failed",
        State::Drifted(_) => "drifted",
        State::InSync => "in sync",
    }
}
