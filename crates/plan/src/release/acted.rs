//! What comes of a step.

use std::time::Duration;

use kinds::flux::helm_release::{Failed, ReleaseAction, RemediationStrategy, Snapshot, TestFailures};
use kinds::flux::{ConditionStatus, GoDuration};

use super::conditions::{READY, RELEASED, REMEDIATED, TEST_SUCCESS, is_true, mark, summarize};
use super::ends::End;
use super::event::{About, Event, EventKind, with_log};
use super::failures::{add, exhausted, stall};
use super::next::{Action, Kind};
use super::run::Run;
use super::stored::{Status, Stored};
use super::uninstall::observe_uninstall;

/// What came of an action.
#[derive(Debug, Clone, Default)]
pub struct Acted {
    /// Every revision that was written to Helm's storage meanwhile, as it was written last. For a test, the revision that
    /// was tested, even if it has no tests; for an unlocking, the revision that was locked, even if it still is.
    pub written: Vec<Stored>,
    /// Why it failed, if it did.
    pub error: Option<ActError>,
    /// How long it took.
    pub took: Duration,
    /// What was logged last, for events about failures.
    pub log: String,
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Helm has no such release.
    #[error("release: not found")]
    NotFound,
    /// The release was uninstalled before, and its history is kept.
    #[error("the release named \"{0}\" is already deleted")]
    AlreadyUninstalled(String),
    /// Anything else, as a sentence.
    #[error("{0}")]
    Failed(String),
}

/// What comes of a step: events, and maybe the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// What to tell people.
    pub events: Vec<Event>,
    /// The end; if there is none, the state is determined again.
    pub end: Option<End>,
}

/// How a step went: what happened counts, or nothing happened and the error stands alone.
pub(super) type Went = Result<(), String>;

impl Run {
    /// Notes what came of an action other than [`Action::CorrectDrift`], whose results [`Run::corrected`] notes.
    pub fn acted(&mut self, action: &Action, acted: &Acted, now: &str) -> Finished {
        let mut events = Vec::new();
        let went = match action {
            Action::Install => self.installed(acted, now, &mut events),
            Action::Upgrade => self.upgraded(acted, now, &mut events),
            Action::Test => self.tested(acted, now, &mut events),
            Action::Rollback { .. } => self.rolled_back(acted, now, &mut events),
            Action::UninstallRemediation => self.uninstalled_as_remedy(acted, now, &mut events),
            Action::Unlock { from } => self.unlocked(*from, acted, now, &mut events),
            Action::CorrectDrift(_) => Ok(()),
        };
        Finished { events, end: self.after(action.kind(), went, now) }
    }

    /// Whether the reconciliation ends after a step.
    pub(super) fn after(&mut self, kind: Kind, went: Went, now: &str) -> Option<End> {
        if let Err(problem) = went {
            return Some(self.retry(now).unwrap_or_else(|| {
                if is_true(&self.release, READY) {
                    mark(&mut self.release, READY, ConditionStatus::False, ("ReconcileError", &problem), now);
                }
                self.end(End::Failed(problem))
            }));
        }
        self.done.push(kind);
        if kind != Kind::Remediate {
            return None;
        }
        // Nothing is done after a remedy: whether it helped is seen the next time.
        Some(self.retry(now).unwrap_or_else(|| {
            let remedy = self.release.active_remedy();
            let goes_on = remedy.is_none_or(|remedy| {
                let reinstalls = remedy.after == Failed::Upgrade && remedy.strategy == RemediationStrategy::Uninstall;
                reinstalls || !exhausted(&self.release, &remedy)
            });
            if goes_on { self.again(now) } else { self.stall(stall(&self.release), now) }
        }))
    }

    fn installed(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        // What was before an installation is nothing to go back to.
        self.release.status.history.clear();
        self.released(ReleaseAction::Install, acted, now, events)
    }

    fn upgraded(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        self.released(ReleaseAction::Upgrade, acted, now, events)
    }

    fn released(&mut self, action: ReleaseAction, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let status = &mut self.release.status;
        status.last_attempted_release_action = Some(action);
        status.conditions.remove(TEST_SUCCESS);
        status.conditions.remove(REMEDIATED);
        status.last_attempted_release_action_duration = Some(GoDuration(acted.took));
        self.record(action, &acted.written);
        let went = match &acted.error {
            None => {
                self.release_succeeded(action, now, events);
                Ok(())
            }
            Some(error) => self.release_failed(action, acted, &error.to_string(), now, events),
        };
        summarize(&mut self.release, now);
        went
    }

    /// Remembers the revisions that an installation or upgrade wrote: a new one, and the one that it replaced.
    fn record(&mut self, action: ReleaseAction, written: &[Stored]) {
        let Some(newest) = written.iter().max_by_key(|stored| stored.version) else { return };
        let status = &mut self.release.status;
        for stored in written.iter().filter(|stored| stored.version != newest.version) {
            if let Some(old) = status.history.targeting(&stored.name, &stored.namespace, stored.version) {
                let snapshot =
                    Snapshot { test_hooks: old.test_hooks.clone(), ..stored.snapshot(&old.oci_digest, None) };
                status.history.replace(snapshot);
            }
        }
        let snapshot = newest.snapshot(&status.last_attempted_revision_digest, Some(action));
        if !status.history.replace(snapshot.clone()) {
            status.history.add(snapshot);
        }
    }

    fn release_succeeded(&mut self, action: ReleaseAction, now: &str, events: &mut Vec<Event>) {
        let message = self.success(action.name());
        let (_, succeeded) = reasons(action);
        mark(&mut self.release, RELEASED, ConditionStatus::True, (succeeded, &message), now);
        let latest = self.release.status.history.latest().cloned().unwrap_or_default();
        if self.release.spec.test.enable && !latest.is_tested() {
            let awaiting = format!(
                "Helm release {} with chart {} is awaiting tests",
                latest.full_release_name(),
                latest.versioned_chart_name()
            );
            mark(&mut self.release, TEST_SUCCESS, ConditionStatus::Unknown, ("AwaitingTests", &awaiting), now);
        }
        if self.release.active_retry().is_some() {
            self.release.status.clear_failures();
        }
        events.push(Event::about(EventKind::Normal, succeeded, message, &About::from(&latest)));
    }

    fn release_failed(
        &mut self,
        action: ReleaseAction,
        acted: &Acted,
        problem: &str,
        now: &str,
        events: &mut Vec<Event>,
    ) -> Went {
        let message = format!(
            "Helm {} failed for release {}/{} with chart {}@{}: {}",
            action.name(),
            self.release.release_namespace(),
            self.release.full_release_name(),
            self.chart.name,
            self.chart.version,
            problem.trim()
        );
        let (failed, _) = reasons(action);
        self.release.status.failures += 1;
        mark(&mut self.release, RELEASED, ConditionStatus::False, (failed, &message), now);
        let about = About {
            chart_version: &self.chart.version,
            config_digest: &self.values.digest,
            app_version: &self.chart.app_version,
            oci_digest: &self.chart.oci_digest,
        };
        events.push(Event::about(EventKind::Warning, failed, with_log(&message, &acted.log), &about));
        // Without a revision in storage there is nothing to remedy, and no failure to count.
        if acted.written.is_empty() {
            return Err(problem.to_owned());
        }
        if let Some(remedy) = self.release.active_remedy() {
            add(&mut self.release, &remedy);
        }
        Ok(())
    }

    fn tested(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let went = self.note_tests(acted, now, events);
        summarize(&mut self.release, now);
        went
    }

    fn note_tests(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let Some(latest) = self.release.status.history.latest().cloned() else {
            return Err("no latest release: required for test".to_owned());
        };
        let mut error = acted.error.as_ref().map(ActError::to_string);
        for stored in &acted.written {
            if latest.targets(&stored.name, &stored.namespace, stored.version) {
                let selected = stored.tests.iter().filter(|(name, _)| self.release.spec.test.selects(name));
                let hooks = selected.map(|(name, hook)| (name.clone(), Some(hook.clone()))).collect();
                let snapshot = stored.snapshot(&latest.oci_digest, latest.action);
                self.release.status.history.replace(Snapshot { test_hooks: Some(hooks), ..snapshot });
            } else {
                error = Some(format!(
                    "release mismatch: tested release {}/{}.v{} != current release {}",
                    stored.namespace,
                    stored.name,
                    stored.version,
                    latest.full_release_name()
                ));
            }
        }
        let tested = self.release.status.history.latest().cloned().unwrap_or(latest);
        let about = format!("for release {} with chart {}", tested.full_release_name(), tested.versioned_chart_name());
        let Some(problem) = error else {
            let hooks = match tested.test_hooks.as_ref().map_or(0, |hooks| hooks.len()) {
                0 => "no test hooks".to_owned(),
                1 => "1 test hook completed successfully".to_owned(),
                count => format!("{count} test hooks completed successfully"),
            };
            let message = format!("Helm test succeeded {about}: {hooks}");
            mark(&mut self.release, TEST_SUCCESS, ConditionStatus::True, ("TestSucceeded", &message), now);
            events.push(Event::about(EventKind::Normal, "TestSucceeded", message, &About::from(&tested)));
            return Ok(());
        };
        let message = format!("Helm test failed {about}: {}", problem.trim());
        self.release.status.failures += 1;
        mark(&mut self.release, TEST_SUCCESS, ConditionStatus::False, ("TestFailed", &message), now);
        events.push(Event::about(EventKind::Warning, "TestFailed", message, &About::from(&tested)));
        if !tested.is_tested() {
            return Err(problem);
        }
        if let Some(remedy) = self.release.active_remedy().filter(|remedy| remedy.test_failures == TestFailures::Count)
        {
            add(&mut self.release, &remedy);
        }
        Ok(())
    }

    fn rolled_back(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let went = self.note_rollback(acted, now, events);
        summarize(&mut self.release, now);
        went
    }

    fn note_rollback(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let tests = self.release.upgrade_remedy().test_failures;
        let Some(previous) = self.release.status.history.previous(tests).cloned() else {
            return Err("missing target release for rollback: required to rollback".to_owned());
        };
        for stored in &acted.written {
            let status = &mut self.release.status;
            let old = status.history.targeting(&stored.name, &stored.namespace, stored.version).cloned();
            let old = old.unwrap_or_default();
            let snapshot = stored.snapshot(&old.oci_digest, Some(ReleaseAction::Rollback));
            let snapshot = Snapshot { test_hooks: old.test_hooks, ..snapshot };
            if !status.history.replace(snapshot.clone()) {
                status.history.add(snapshot);
            }
        }
        let target = format!("release {} with chart {}", previous.full_release_name(), previous.versioned_chart_name());
        let about = About { config_digest: &self.values.digest, ..About::from(&previous) };
        let Some(error) = &acted.error else {
            let message = format!("Helm rollback to previous {target} succeeded");
            mark(&mut self.release, REMEDIATED, ConditionStatus::True, ("RollbackSucceeded", &message), now);
            events.push(Event::about(EventKind::Normal, "RollbackSucceeded", message, &about));
            return Ok(());
        };
        let problem = error.to_string();
        let message = format!("Helm rollback to previous {target} failed: {}", problem.trim());
        self.release.status.failures += 1;
        mark(&mut self.release, REMEDIATED, ConditionStatus::False, ("RollbackFailed", &message), now);
        events.push(Event::about(EventKind::Warning, "RollbackFailed", with_log(&message, &acted.log), &about));
        if acted.written.is_empty() { Err(problem) } else { Ok(()) }
    }

    fn uninstalled_as_remedy(&mut self, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        let Some(before) = self.release.status.history.latest().cloned() else {
            return Err("no latest release: required to uninstall".to_owned());
        };
        let uninstalled = ReleaseAction::UninstallRemediation;
        let error = observe_uninstall(&mut self.release.status, uninstalled, &before, acted);
        let latest = self.release.status.history.latest().cloned().unwrap_or_default();
        let about = format!("for release {} with chart {}", latest.full_release_name(), latest.versioned_chart_name());
        let Some(problem) = error.map(|error| error.to_string()) else {
            let message = format!("Helm uninstall remediation {about} succeeded");
            mark(&mut self.release, REMEDIATED, ConditionStatus::True, ("UninstallSucceeded", &message), now);
            events.push(Event::about(EventKind::Normal, "UninstallSucceeded", message, &About::from(&latest)));
            return Ok(());
        };
        let message = format!("Helm uninstall remediation {about} failed: {}", problem.trim());
        self.release.status.failures += 1;
        mark(&mut self.release, REMEDIATED, ConditionStatus::False, ("UninstallFailed", &message), now);
        let told = with_log(&message, &acted.log);
        events.push(Event::about(EventKind::Warning, "UninstallFailed", told, &About::from(&latest)));
        if latest.digest == before.digest { Err(problem) } else { Ok(()) }
    }

    fn unlocked(&mut self, from: Status, acted: &Acted, now: &str, events: &mut Vec<Event>) -> Went {
        for stored in &acted.written {
            let history = &mut self.release.status.history;
            let old = history.targeting(&stored.name, &stored.namespace, stored.version).cloned();
            let known = old.is_some();
            let old = old.unwrap_or_default();
            let snapshot = stored.snapshot(&old.oci_digest, old.action);
            let about =
                format!("Helm release {} with chart {}", snapshot.full_release_name(), snapshot.versioned_chart_name());
            if known && acted.error.is_none() {
                history.replace(snapshot.clone());
            }
            let (kind, message) = match &acted.error {
                None => (EventKind::Normal, format!("Unlocked {about} in {from} state")),
                Some(error) => {
                    self.release.status.failures += 1;
                    let problem = error.to_string();
                    (EventKind::Warning, format!("Unlock of {about} in {from} state failed: {}", problem.trim()))
                }
            };
            mark(&mut self.release, RELEASED, ConditionStatus::False, ("PendingRelease", &message), now);
            events.push(Event::about(kind, "PendingRelease", message, &About::from(&snapshot)));
        }
        summarize(&mut self.release, now);
        acted.error.as_ref().map_or(Ok(()), |error| Err(error.to_string()))
    }
}

/// The reasons of an installation or upgrade that failed, and of one that went well.
fn reasons(action: ReleaseAction) -> (&'static str, &'static str) {
    match action {
        ReleaseAction::Install => ("InstallFailed", "InstallSucceeded"),
        ReleaseAction::Upgrade => ("UpgradeFailed", "UpgradeSucceeded"),
        ReleaseAction::Rollback => ("RollbackFailed", "RollbackSucceeded"),
        ReleaseAction::Uninstall | ReleaseAction::UninstallRemediation => ("UninstallFailed", "UninstallSucceeded"),
    }
}
