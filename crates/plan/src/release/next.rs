//! The next step of a reconciliation.

use std::time::Duration;

use kinds::flux::helm_release::{DriftMode, Failed, LastFailure, RemediationStrategy, TestFailures};
use kinds::flux::{ConditionStatus, GoDuration, HelmRelease};

use super::conditions::{
    DRIFTED, PROGRESSING, READY, RECONCILING, RELEASED, is_true, mark, mark_reconciling, reason, replace_remediated,
    summarize,
};
use super::ends::{End, Stall};
use super::event::{Event, EventKind};
use super::failures::{count, exhausted, stall};
use super::reason::{Reason, RollbackTarget};
use super::requests::take_force;
use super::run::Run;
use super::state::{Drift, State, verify};
use super::stored::{Status, Stored};

/// What to do with a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Install it.
    Install,
    /// Upgrade it.
    Upgrade,
    /// Run its tests.
    Test,
    /// Go back to a revision, because an upgrade failed.
    Rollback {
        /// The revision.
        to: u32,
    },
    /// Uninstall it, because something failed.
    UninstallRemediation,
    /// Mark the newest revision in storage as failed, because who was at it was stopped. [`Action::unlocked`] says how.
    Unlock {
        /// Its status.
        from: Status,
    },
    /// Put objects as the release says.
    CorrectDrift(Drift),
}

/// Actions of which each is done once in a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Release,
    Test,
    Remediate,
    Unlock,
    DriftCorrection,
}

impl Action {
    /// Its name, as messages have it.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Install => "install",
            Action::Upgrade => "upgrade",
            Action::Test => "test",
            Action::Rollback { .. } => "rollback",
            Action::UninstallRemediation => "uninstall",
            Action::Unlock { .. } => "unlock",
            Action::CorrectDrift(_) => "correct cluster drift",
        }
    }

    /// The description of a revision that was unlocked.
    pub fn unlocked(from: Status) -> String {
        format!("Release unlocked from stale '{from}' state")
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Action::Install | Action::Upgrade => Kind::Release,
            Action::Test => Kind::Test,
            Action::Rollback { .. } | Action::UninstallRemediation => Kind::Remediate,
            Action::Unlock { .. } => Kind::Unlock,
            Action::CorrectDrift(_) => Kind::DriftCorrection,
        }
    }

    /// How long it may take.
    fn timeout(&self, release: &HelmRelease) -> Duration {
        let spec = &release.spec;
        let own = match self {
            Action::Install => spec.install.timeout,
            Action::Upgrade => spec.upgrade.timeout,
            Action::Test => spec.test.timeout,
            Action::Rollback { .. } => spec.rollback.timeout,
            Action::UninstallRemediation => spec.uninstall.timeout,
            Action::Unlock { .. } | Action::CorrectDrift(_) => None,
        };
        own.map_or_else(|| release.timeout(), |timeout| timeout.0)
    }
}

/// A step of a reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// How long it may take.
    pub timeout: Duration,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A step. The status says that it is under way, and should be written before it is taken.
    Step(Step),
    /// The end.
    End(End),
}

/// What a state asks for.
enum Answer {
    Act(Action, Reason),
    Nothing,
    Stall(Stall),
}

impl Run {
    /// What comes next for a release in this state, and what to tell people before. `history` is what Helm has stored.
    pub fn next(&mut self, state: State, history: &[Stored], now: &str) -> (Next, Vec<Event>) {
        let mut events = Vec::new();
        let (action, reason) = match self.answer(state, history, now, &mut events) {
            Answer::Act(action, reason) => (action, reason),
            Answer::Nothing => return (Next::End(self.finish(now)), events),
            Answer::Stall(stall) => return (Next::End(self.stall(stall, now)), events),
        };
        if self.done.contains(&action.kind()) {
            return (Next::End(self.pause(now)), events);
        }
        let timeout = action.timeout(&self.release);
        let message = format!("Running '{}' action with timeout of {}", action.name(), GoDuration(timeout));
        mark_reconciling(&mut self.release, PROGRESSING, &message, now);
        if action.kind() == Kind::Release {
            mark(&mut self.release, READY, ConditionStatus::Unknown, (PROGRESSING, &message), now);
        }
        (Next::Step(Step { action, reason, timeout }), events)
    }

    /// Ends because what comes next was done already.
    fn pause(&mut self, now: &str) -> End {
        if let Some(end) = self.retry(now) {
            return end;
        }
        if self.release.active_remedy().is_none_or(|remedy| !exhausted(&self.release, &remedy)) {
            return self.again(now);
        }
        self.release.status.conditions.remove(RECONCILING);
        self.end(End::Done)
    }

    fn answer(&mut self, state: State, history: &[Stored], now: &str, events: &mut Vec<Event>) -> Answer {
        let forced = take_force(&mut self.release);
        match state {
            State::InSync => self.in_sync(forced, now),
            State::Locked(from) => Answer::Act(Action::Unlock { from }, Reason::Locked(from)),
            State::Absent(absence) => {
                if !exhausted(&self.release, &self.release.install_remedy()) {
                    Answer::Act(Action::Install, Reason::Absent(absence))
                } else if forced {
                    Answer::Act(Action::Install, Reason::AbsentForced)
                } else {
                    Answer::Stall(stall(&self.release))
                }
            }
            State::Unmanaged(unmanaged) => {
                self.release.status.history.clear();
                Answer::Act(Action::Upgrade, Reason::Unmanaged(unmanaged))
            }
            State::OutOfSync(difference) => {
                if !exhausted(&self.release, &self.release.upgrade_remedy()) {
                    Answer::Act(Action::Upgrade, Reason::OutOfSync(difference))
                } else if forced {
                    Answer::Act(Action::Upgrade, Reason::OutOfSyncForced)
                } else {
                    Answer::Stall(stall(&self.release))
                }
            }
            State::Drifted(drift) => self.drifted(drift, now, events),
            State::Untested => {
                self.accept_rollback(now);
                Answer::Act(Action::Test, Reason::Untested)
            }
            State::Failed(_) => self.failed_release(forced, history),
        }
    }

    fn in_sync(&mut self, forced: bool, now: &str) -> Answer {
        if self.release.active_retry().is_some() {
            self.release.status.history.truncate_to_newest();
        } else {
            // The release before stays: it is what a failed test of this one goes back to.
            let tests = self.test_failures();
            self.release.status.history.truncate(tests);
        }
        if forced {
            return Answer::Act(Action::Upgrade, Reason::InSyncForced);
        }
        self.accept_rollback(now);
        if !is_true(&self.release, READY) || !is_true(&self.release, RELEASED) {
            let succeeded = match reason(&self.release, RELEASED) {
                "InstallFailed" => Some(("InstallSucceeded", "install")),
                "UpgradeFailed" => Some(("UpgradeSucceeded", "upgrade")),
                _ => None,
            };
            if let Some((reason, action)) = succeeded {
                let message = self.success(action);
                mark(&mut self.release, RELEASED, ConditionStatus::True, (reason, &message), now);
                summarize(&mut self.release, now);
            }
        }
        self.mark_no_drift(now);
        Answer::Nothing
    }

    /// What a rollback went back to is what is wanted now.
    fn accept_rollback(&mut self, now: &str) {
        let message = self.success("upgrade");
        replace_remediated(&mut self.release, "UpgradeSucceeded", &message, now);
    }

    /// The message of an installation or upgrade that went well.
    pub(super) fn success(&self, action: &str) -> String {
        let latest = self.release.status.history.latest();
        let (name, chart) =
            latest.map(|latest| (latest.full_release_name(), latest.versioned_chart_name())).unwrap_or_default();
        format!("Helm {action} succeeded for release {name} with chart {chart}")
    }

    fn test_failures(&self) -> TestFailures {
        self.release.active_remedy().map_or_else(|| self.release.spec.test.failures(), |remedy| remedy.test_failures)
    }

    fn drifted(&mut self, drift: Drift, now: &str, events: &mut Vec<Event>) -> Answer {
        let name = self.release.status.history.latest().map(|latest| latest.full_release_name()).unwrap_or_default();
        let message =
            format!("Cluster state of release {name} has drifted from the desired state:\n{}", drift.summary());
        events.push(Event::plain(EventKind::Warning, "DriftDetected", &message));
        mark(&mut self.release, DRIFTED, ConditionStatus::True, ("DriftDetected", &message), now);
        match self.release.spec.drift_detection.mode {
            DriftMode::Enabled => Answer::Act(Action::CorrectDrift(drift.clone()), Reason::Drifted(drift)),
            DriftMode::Warn | DriftMode::Disabled => Answer::Nothing,
        }
    }

    fn failed_release(&mut self, forced: bool, history: &[Stored]) -> Answer {
        if self.release.active_retry().is_some() {
            self.release.status.history.truncate_to_newest();
            return Answer::Act(Action::Upgrade, Reason::Retry);
        }
        let Some(remedy) = self.release.active_remedy() else {
            return Answer::Act(Action::Upgrade, Reason::NoRemedy);
        };
        if count(&self.release, &remedy) == 0 {
            return Answer::Act(Action::Upgrade, Reason::Changed);
        }
        if forced {
            return Answer::Act(Action::Upgrade, Reason::FailedForced);
        }
        if exhausted(&self.release, &remedy) && remedy.last_failure == LastFailure::Leave {
            return Answer::Stall(stall(&self.release));
        }
        self.release.status.history.truncate(remedy.test_failures);
        match (remedy.strategy, remedy.after) {
            (RemediationStrategy::Uninstall, Failed::Install | Failed::Upgrade) => {
                Answer::Act(Action::UninstallRemediation, Reason::Failed)
            }
            (RemediationStrategy::Rollback, Failed::Install | Failed::Upgrade) => {
                self.rollback(remedy.test_failures, history)
            }
        }
    }

    fn rollback(&self, tests: TestFailures, history: &[Stored]) -> Answer {
        let Some(previous) = self.release.status.history.previous(tests) else {
            return Answer::Stall(Stall::MissingRollbackTarget);
        };
        let stored = history.iter().find(|stored| previous.targets(&stored.name, &previous.namespace, stored.version));
        let verified = match stored {
            None => Err(RollbackTarget::Disappeared),
            Some(stored) => verify(previous, stored).map_err(RollbackTarget::Unverified),
        };
        match verified {
            Ok(()) => Answer::Act(Action::Rollback { to: previous.version }, Reason::Failed),
            Err(problem) => Answer::Act(Action::Upgrade, Reason::RollbackTarget(problem)),
        }
    }
}
