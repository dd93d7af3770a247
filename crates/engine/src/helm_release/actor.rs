//! What the task of one HelmRelease does when something wakes it.

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
use tokio::sync::OwnedSemaphorePermit;

use super::halt::Halt;
use super::memory::Memory;
use super::run::Run;
use super::storage::Place;
use super::{drift_rules, finalize, gate, reconcile, report, telling};
use crate::Key;
use crate::engine::Engine;
use crate::mailbox::{Mailbox, Trigger, drifted};
use crate::stages::drift::Corrections;
use crate::stages::scene::Scene;
use crate::stages::stop::Retry;
use crate::stages::task::{FETCHED_WITHIN, Look, Next, Reconciler, Task};
use crate::stages::work::{OnDrift, Ways, Work};
use crate::stages::{drift, finalizer};
use crate::timeline::Timeline;

/// The task of one HelmRelease.
pub(crate) struct Actor {
    task: Task,
}

impl Actor {
    /// From here on the object is listened to.
    pub(crate) fn new(engine: Engine, key: Key, uid: Box<str>, mailbox: Mailbox) -> Actor {
        Actor { task: Task::new(engine, Applier::HelmRelease, key, uid, mailbox) }
    }

    /// The object and what it asks for; or what to do if there is nothing to reconcile.
    async fn object(&self) -> Result<(Value, HelmRelease), Next> {
        let object = self.task.object()?;
        match HelmRelease::read(&object) {
            Ok(release) if release.metadata.deletion_timestamp.is_none() && release.spec.suspend => {
                Err(Next::Sleep(Duration::MAX))
            }
            Ok(release) => Ok((object, release)),
            Err(error) => Err(self.unusable(&object, &Halt::Unreadable(error.to_string())).await),
        }
    }

    async fn unusable(&self, object: &Value, halt: &Halt) -> Next {
        self.task.unusable(object, halt.reason(), halt.to_string()).await
    }

    async fn scene(&self, release: &HelmRelease) -> Result<Scene<'_>, Halt> {
        Ok(self.task.scene(&release.spec.kube_config, &release.spec.service_account_name).await?)
    }

    fn work<'a>(&'a self, scene: &'a Scene<'_>, object: &Value, release: &HelmRelease) -> Result<Work<'a>, Halt> {
        let rules = HealthRule::read(&object["spec"]["healthCheckExprs"]).map_err(Halt::HealthRules)?;
        Ok(Work {
            engine: &scene.engine,
            subject: self.task.subscription.subject().clone(),
            about: self.task.about(object),
            mailbox: &self.task.mailbox,
            subscription: self.task.subscription.clone(),
            cluster: scene.cluster.clone(),
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
            timeline: Timeline::begin(),
        })
    }

    async fn finalize(
        &self,
        run: &mut Run<'_>,
        found: Result<(), Halt>,
        object: &Value,
        release: &mut HelmRelease,
        memory: &mut Memory,
    ) -> Next {
        self.task.subscription.forget_unless(|_| false);
        let finalized = match found {
            Ok(()) => Box::pin(finalize::finalize(run, object, release)).await,
            Err(halt) => Err(halt),
        };
        match finalized {
            Ok(()) => Next::End,
            Err(halt) => {
                Box::pin(report::failed_to_finalize(run, release, &halt)).await;
                Next::Sleep(memory.pauses.next(release.spec.interval.0))
            }
        }
    }
}

impl Reconciler for Actor {
    type Memory = Memory;

    fn task(&self) -> &Task {
        &self.task
    }

    fn corrections(memory: &mut Memory) -> &mut Corrections {
        &mut memory.applied.corrections
    }

    /// An unhealthy release has failed, and what follows is the policy's to say.
    async fn recovered(&self, _: &Memory) {
        std::future::pending().await
    }

    async fn look(&self, triggers: BTreeSet<Trigger>, memory: &mut Memory) -> Result<Look, Next> {
        let (object, release) = self.object().await?;
        if release.metadata.deletion_timestamp.is_some() {
            return Ok(Look::Run);
        }
        // A whole run tells why it cannot be had.
        let Ok(scene) = self.scene(&release).await else { return Ok(Look::Run) };
        let asks_for_a_run = |trigger: &Trigger| match trigger {
            // What is only warned of is told by a run.
            Trigger::Drifted(_) => reconcile::warns(&release),
            Trigger::DependencyChanged => memory.waits_for_dependencies,
            // Sources tell of every artifact, and the last run may have found this one by itself.
            Trigger::SourceChanged => gate::chart(&self.task.engine, &release)
                .map_or(true, |(_, held)| memory.chart != Some((held.revision, held.digest))),
            // What was written by our own last run is no news.
            Trigger::StorageChanged => {
                let place = Place { namespace: release.storage_namespace().to_owned(), name: release_name(&release) };
                // Who is at it by hand shall not be disturbed.
                scene.engine.releases.revisions(&place) != memory.revisions
                    && !scene.engine.releases.is_being_changed(&place)
            }
            Trigger::Seen
            | Trigger::Changed
            | Trigger::Requested
            | Trigger::FilesChanged
            | Trigger::ReferenceChanged
            | Trigger::RivalChanged
            | Trigger::ChangedHands
            | Trigger::HolderChanged
            | Trigger::Recovered
            | Trigger::Due => true,
        };
        let whole = triggers.iter().any(asks_for_a_run);
        let drifted: Vec<_> = drifted(&triggers).cloned().collect();
        if !drifted.is_empty() && release.spec.drift_detection.mode == DriftMode::Enabled {
            let work = match self.work(&scene, &object, &release) {
                Ok(work) => work,
                Err(halt) => return Err(self.unusable(&object, &halt).await),
            };
            // Also before a whole run, so that what was changed by whom is told.
            if let Err(error) = Box::pin(drift::correct(&work, &mut memory.applied, &drifted)).await {
                tracing::debug!(release = %self.task.key, %error, "a correction failed, reconciling in full");
                return Ok(Look::Run);
            }
        }
        if !whole {
            return Ok(Look::Rest);
        }
        tracing::debug!(release = %self.task.key, ?triggers, "reconciling");
        Ok(Look::Run)
    }

    async fn whole(&self, place: OwnedSemaphorePermit, memory: &mut Memory) -> Next {
        let (object, mut release) = match self.object().await {
            Ok(found) => found,
            Err(next) => return next,
        };
        let (scene, found) = match self.scene(&release).await {
            Ok(scene) => (scene, Ok(())),
            Err(halt) => (self.task.home(&release.spec.service_account_name), Err(halt)),
        };
        let work = match self.work(&scene, &object, &release) {
            Ok(work) => work,
            Err(halt) => return self.unusable(&object, &halt).await,
        };
        let mut run = Run::new(work, place, &release.status);
        if release.metadata.deletion_timestamp.is_some() {
            return self.finalize(&mut run, found, &object, &mut release, memory).await;
        }
        let held = Box::pin(finalizer::hold(&self.task.engine.cluster, Applier::HelmRelease, &object)).await;
        drop(object);
        Next::Sleep(full(&mut run, found.and(held.map_err(Halt::from)), &mut release, memory).await)
    }
}

/// One whole run with its report. Says how long to sleep.
async fn full(run: &mut Run<'_>, held: Result<(), Halt>, release: &mut HelmRelease, memory: &mut Memory) -> Duration {
    run.work.subscription.stop_awaiting();
    let before = release.status.last_attempted_revision.clone();
    let result = match held {
        Ok(()) => Box::pin(reconcile::reconcile(run, release, memory)).await,
        Err(halt) => Err(halt),
    };
    telling::ran(run, release, &before, &result);
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
