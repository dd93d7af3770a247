//! The task of one HelmRelease: sleeps, wakes for a reason, runs, reports, and sleeps again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::FieldValidation;
use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{DriftMode, WaitStrategy, WaitStrategyName};
use manifest::Value;
use plan::decide::{Force, Pruning, Unlabelled};
use plan::health::{HealthRule, Rules};
use plan::labels::Applier;
use plan::release::{End, release_name};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::halt::Halt;
use super::memory::Memory;
use super::run::Run;
use super::storage::Place;
use super::{drift_rules, finalize, gate, reconcile, report};
use crate::Key;
use crate::clock::until;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger, drifted};
use crate::stages::pause::overdue;
use crate::stages::stop::Retry;
use crate::stages::work::{OnDrift, Ways, Work};
use crate::stages::{drift, finalizer};
use crate::subscription::Subscription;

/// The first fetch of a chart that takes no longer is not worth telling of.
const FETCHED_WITHIN: Duration = Duration::from_secs(1);

/// The task of one HelmRelease.
pub(crate) struct Actor {
    engine: Engine,
    key: Key,
    uid: Box<str>,
    mailbox: Mailbox,
    subscription: Arc<Subscription>,
}

/// What a look at the triggers and the object found.
enum Look {
    /// A whole run is to be done.
    Run,
    /// All is done that was to be done; what was due stays due.
    Rest,
}

/// What to do next.
enum Next {
    /// Sleep until something happens, at most this long.
    Sleep(Duration),
    /// The object is gone.
    End,
}

impl Actor {
    /// From here on the object is listened to: tasks of one name follow each other in the order they are made.
    pub(crate) fn new(engine: Engine, key: Key, uid: Box<str>, mailbox: Mailbox) -> Actor {
        let subject = Subject { applier: Applier::HelmRelease, key: key.clone() };
        let subscription = Arc::new(Subscription::new(subject, mailbox.clone(), engine.assumed.clone()));
        engine.tracker.subscribe(subscription.clone());
        Actor { engine, key, uid, mailbox, subscription }
    }

    /// Works until the object is gone. A sleeping task, and one that waits for its place, hold nothing of what a run
    /// needs: that is boxed.
    pub(crate) async fn run(self) {
        let mut memory = Memory::default();
        let mut due = None;
        loop {
            let triggers = tokio::select! {
                triggers = self.mailbox.take() => triggers,
                () = until(due.into_iter().chain(memory.applied.corrections.due()).min()) => {
                    overdue(due, &mut memory.applied.corrections, Instant::now())
                }
            };
            let next = match Box::pin(self.look(triggers, &mut memory)).await {
                Ok(Look::Run) => {
                    let place = self.engine.permit().await;
                    Box::pin(self.whole(place, &mut memory)).await
                }
                Ok(Look::Rest) => continue,
                Err(next) => next,
            };
            match next {
                Next::Sleep(pause) => due = Instant::now().checked_add(pause),
                Next::End => break,
            }
        }
        self.subscription.stop_awaiting();
        self.engine.tracker.unsubscribe(&self.subscription);
        self.engine.references.forget(self.subscription.subject(), &self.mailbox);
        self.engine.releases.forget(&self.mailbox);
    }

    /// The object and what it asks for; or what to do if there is nothing to reconcile.
    async fn object(&self) -> Result<(Value, HelmRelease), Next> {
        let object = self.engine.directory.get(Kind::HelmRelease, &self.key).ok_or(Next::End)?;
        if object["metadata"]["uid"] != *self.uid {
            // Another object of this name has a task of its own.
            return Err(Next::End);
        }
        match HelmRelease::read(&object) {
            Ok(release) if release.metadata.deletion_timestamp.is_none() && release.spec.suspend => {
                Err(Next::Sleep(Duration::MAX))
            }
            Ok(release) => Ok((object, release)),
            Err(error) => Err(self.unusable(&object, &Halt::Unreadable(error.to_string())).await),
        }
    }

    async fn unusable(&self, object: &Value, halt: &Halt) -> Next {
        Box::pin(report::unreadable(&self.engine.cluster, object, halt)).await;
        Next::Sleep(Duration::MAX)
    }

    /// Puts drift back, and says whether there is more to do.
    async fn look(&self, triggers: BTreeSet<Trigger>, memory: &mut Memory) -> Result<Look, Next> {
        let (object, release) = self.object().await?;
        if release.metadata.deletion_timestamp.is_some() {
            return Ok(Look::Run);
        }
        let asks_for_a_run = |trigger: &Trigger| match trigger {
            // What is only warned of is told by a run.
            Trigger::Drifted(_) => reconcile::warns(&release),
            Trigger::DependencyChanged => memory.waits_for_dependencies,
            // Sources tell of every artifact, and the last run may have found this one by itself.
            Trigger::SourceChanged => gate::chart(&self.engine, &release)
                .map_or(true, |(_, held)| memory.chart != Some((held.revision, held.digest))),
            // What was written by our own last run is no news.
            Trigger::StorageChanged => {
                let place = Place { namespace: release.storage_namespace().to_owned(), name: release_name(&release) };
                // Who is at it by hand shall not be disturbed.
                self.engine.releases.revisions(&place) != memory.revisions
                    && !self.engine.releases.is_being_changed(&place)
            }
            Trigger::Seen
            | Trigger::Changed
            | Trigger::Requested
            | Trigger::FilesChanged
            | Trigger::ReferenceChanged
            | Trigger::Recovered
            | Trigger::Due => true,
        };
        let whole = triggers.iter().any(asks_for_a_run);
        let drifted: Vec<_> = drifted(&triggers).cloned().collect();
        if !drifted.is_empty() && release.spec.drift_detection.mode == DriftMode::Enabled {
            let work = match self.work(&object, &release) {
                Ok(work) => work,
                Err(halt) => return Err(self.unusable(&object, &halt).await),
            };
            // Also before a whole run, so that what was changed by whom is told.
            if let Err(error) = Box::pin(drift::correct(&work, &mut memory.applied, &drifted)).await {
                tracing::debug!(release = %self.key, %error, "a correction failed, reconciling in full");
                return Ok(Look::Run);
            }
        }
        if !whole {
            return Ok(Look::Rest);
        }
        tracing::debug!(release = %self.key, ?triggers, "reconciling");
        Ok(Look::Run)
    }

    /// One whole run, of the object as it is now.
    async fn whole(&self, place: OwnedSemaphorePermit, memory: &mut Memory) -> Next {
        let (object, mut release) = match self.object().await {
            Ok(found) => found,
            Err(next) => return next,
        };
        let work = match self.work(&object, &release) {
            Ok(work) => work,
            Err(halt) => return self.unusable(&object, &halt).await,
        };
        let mut run = Run::new(work, place, &release.status);
        if release.metadata.deletion_timestamp.is_some() {
            return self.finalize(&mut run, &object, &mut release, memory).await;
        }
        let held = Box::pin(finalizer::hold(&self.engine.cluster, Applier::HelmRelease, &object)).await;
        drop(object);
        Next::Sleep(full(&mut run, held.map_err(Halt::from), &mut release, memory).await)
    }

    fn work<'a>(&'a self, object: &Value, release: &HelmRelease) -> Result<Work<'a>, Halt> {
        let rules = HealthRule::read(&object["spec"]["healthCheckExprs"]).map_err(Halt::HealthRules)?;
        let metadata = &release.metadata;
        Ok(Work {
            engine: &self.engine,
            subject: self.subscription.subject().clone(),
            about: json!({
                "apiVersion": object["apiVersion"],
                "kind": object["kind"],
                "metadata": {"name": metadata.name, "namespace": metadata.namespace, "uid": metadata.uid},
            }),
            mailbox: &self.mailbox,
            subscription: self.subscription.clone(),
            cluster: self.engine.acting_as(&release.spec.service_account_name, &self.key),
            health_rules: match release.spec.wait_strategy {
                Some(WaitStrategy { name: WaitStrategyName::Legacy }) => Rules::Helm,
                Some(WaitStrategy { name: WaitStrategyName::Poller }) | None => Rules::Flux(rules.into()),
            },
            ways: Ways {
                force: Force::WhereAsked,
                // What is installed is not questioned any more; installing and upgrading has its own word.
                validation: FieldValidation::Ignore,
                pruning: Pruning::Enabled,
                unlabelled: Unlabelled::Ours,
                on_drift: match release.spec.drift_detection.mode {
                    DriftMode::Enabled => OnDrift::PutBack,
                    DriftMode::Warn => OnDrift::Warn,
                    DriftMode::Disabled => OnDrift::Leave,
                },
                timeout: release.timeout(),
            },
            ignored: Arc::new(drift_rules::of(release)?),
            revision: Some(release.status.last_attempted_revision.clone()).filter(|revision| !revision.is_empty()),
        })
    }

    async fn finalize(
        &self,
        run: &mut Run<'_>,
        object: &Value,
        release: &mut HelmRelease,
        memory: &mut Memory,
    ) -> Next {
        self.subscription.forget_unless(|_| false);
        match Box::pin(finalize::finalize(run, object, release)).await {
            Ok(()) => Next::End,
            Err(halt) => {
                Box::pin(report::failed_to_finalize(run, release, &halt)).await;
                Next::Sleep(memory.pauses.next(release.spec.interval.0))
            }
        }
    }
}

/// One whole run with its report. Says how long to sleep.
async fn full(run: &mut Run<'_>, held: Result<(), Halt>, release: &mut HelmRelease, memory: &mut Memory) -> Duration {
    run.work.subscription.stop_awaiting();
    let result = match held {
        Ok(()) => Box::pin(reconcile::reconcile(run, release, memory)).await,
        Err(halt) => Err(halt),
    };
    memory.waits_for_dependencies = matches!(result, Err(Halt::Dependencies(_) | Halt::Cycle(_)));
    let fetching = matches!(result, Err(Halt::SourceNotReady(_))) && gate::is_being_fetched(run.work.engine, release);
    let waited_before = std::mem::replace(&mut memory.waited_for_fetch, fetching);
    if fetching && !waited_before {
        return FETCHED_WITHIN;
    }
    let interval = release.spec.interval.0;
    if let Err(halt) = &result {
        report::halted(run, release, halt).await;
    }
    if let Err(error) = run.save(&release.status).await {
        // A result that is not written down must be found again.
        tracing::warn!(release = %run.work.subject.key, %error, "cannot write status");
        return memory.pauses.next(interval);
    }
    match result {
        Ok(End::Done) => {
            memory.pauses.reset();
            interval
        }
        Ok(End::RetryAfter(pause)) => pause,
        // Without end, if it goes on to fail: so ever more slowly.
        Ok(End::Again) => memory.pauses.next(interval),
        Ok(End::Stalled(_)) => {
            memory.pauses.reset();
            Duration::MAX
        }
        Ok(End::Failed(_)) => memory.pauses.next(interval),
        Err(halt) => match halt.retry() {
            Retry::Soon => memory.pauses.next(interval),
            Retry::WhenChanged => {
                memory.pauses.reset();
                interval
            }
        },
    }
}
