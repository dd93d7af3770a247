//! What the task of one Kustomization does when something wakes it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::FieldValidation;
use kinds::flux::Kustomization;
use manifest::Value;
use plan::decide::{Force, Pruning, Unlabelled};
use plan::health::{HealthRule, Rules};
use plan::inventory::Inventory;
use plan::labels::Applier;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::finalize::Finalized;
use super::halt::{Halt, SourceGap};
use super::memory::Memory;
use super::{DRIFT, finalize, gate, report, telling};
use crate::Key;
use crate::awaited::Standing;
use crate::engine::Engine;
use crate::mailbox::{Mailbox, Trigger, drifted};
use crate::pipeline::{self, Progress, Run};
use crate::stages::contested::{self, Contested};
use crate::stages::drift::Corrections;
use crate::stages::scene::Scene;
use crate::stages::stop::{Retry, Stop};
use crate::stages::task::{FETCHED_WITHIN, Look, Next, Reconciler, Task};
use crate::stages::work::{OnDrift, Ways, Work};
use crate::stages::{drift, finalizer};
use crate::timeline::Timeline;

/// The task of one Kustomization.
pub(crate) struct Actor {
    task: Task,
}

impl Actor {
    /// From here on the object is listened to.
    pub(crate) fn new(engine: Engine, key: Key, uid: Box<str>, mailbox: Mailbox) -> Actor {
        Actor { task: Task::new(engine, Applier::Kustomization, key, uid, mailbox) }
    }

    /// The object and what it asks for; or what to do if there is nothing to reconcile.
    async fn object(&self) -> Result<(Value, Kustomization), Next> {
        let object = self.task.object()?;
        let kustomization = match Kustomization::read(&object) {
            Ok(kustomization) => kustomization,
            Err(error) => return Err(self.unusable(&object, &Halt::Unreadable(error.to_string())).await),
        };
        if kustomization.metadata.deletion_timestamp.is_some() {
            return Err(self.finalize(&object, &kustomization).await);
        }
        if kustomization.spec.suspend {
            return Err(Next::Sleep(Duration::MAX));
        }
        Ok((object, kustomization))
    }

    async fn unusable(&self, object: &Value, halt: &Halt) -> Next {
        self.task.unusable(object, halt.reason(), halt.to_string()).await
    }

    async fn scene(&self, kustomization: &Kustomization) -> Result<Scene<'_>, Halt> {
        let spec = &kustomization.spec;
        Ok(self.task.scene(&spec.kube_config, &spec.service_account_name).await?)
    }

    fn begin<'a>(
        &'a self,
        scene: &'a Scene<'_>,
        object: &Value,
        kustomization: &'a Kustomization,
    ) -> Result<Run<'a>, Halt> {
        let rules = HealthRule::read(&object["spec"]["healthCheckExprs"]).map_err(Halt::HealthRules)?;
        let metadata = &kustomization.metadata;
        let spec = &kustomization.spec;
        let everywhere = metadata.annotations.get(DRIFT);
        let warned = everywhere.is_some_and(|value| value.eq_ignore_ascii_case("warn"));
        let held = self.task.engine.artifacts.get(&gate::source_key(kustomization));
        let work = Work {
            engine: &scene.engine,
            subject: self.task.subscription.subject().clone(),
            about: self.task.about(object),
            mailbox: &self.task.mailbox,
            subscription: self.task.subscription.clone(),
            cluster: scene.cluster.clone(),
            health_rules: Rules::Flux(rules.into()),
            ways: Ways {
                force: if spec.force { Force::Everywhere } else { Force::WhereAsked },
                validation: FieldValidation::Usual,
                pruning: if spec.prune { Pruning::Enabled } else { Pruning::Disabled },
                unlabelled: Unlabelled::Foreign,
                on_drift: if warned { OnDrift::Warn } else { OnDrift::PutBack },
                timeout: kustomization.timeout(),
            },
            ignored: Arc::default(),
            revision: held.map(|held| held.artifact.revision.clone()),
            timeline: Timeline::begin(),
        };
        Ok(Run { kustomization, work })
    }

    async fn finalize(&self, object: &Value, kustomization: &Kustomization) -> Next {
        self.task.subscription.forget_unless(|_| false);
        let finalized = match self.scene(kustomization).await {
            Ok(scene) => {
                let finalizing = finalize::finalize(&scene, &self.task.mailbox, object, kustomization);
                Box::pin(finalizing).await
            }
            Err(halt) => Err(halt),
        };
        match finalized {
            Ok(Finalized::Released) => Next::End,
            Ok(Finalized::Waits(pause)) => Next::Sleep(pause),
            Err(halt) => {
                report::failed_to_finalize(&self.task.engine.events, object, &halt);
                Next::Sleep(kustomization.retry_interval())
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

    async fn recovered(&self, memory: &Memory) {
        if !memory.unhealthy {
            std::future::pending::<()>().await;
        }
        while self.task.subscription.standing() != Standing::Healthy {
            self.task.subscription.health_changed().await;
        }
    }

    async fn look(&self, triggers: BTreeSet<Trigger>, memory: &mut Memory) -> Result<Look, Next> {
        if triggers.contains(&Trigger::Recovered) {
            // It is told once, whatever comes of it.
            memory.unhealthy = false;
        }
        let (object, kustomization) = self.object().await?;
        // A whole run tells why it cannot be had.
        let Ok(scene) = self.scene(&kustomization).await else { return Ok(Look::Run) };
        let run = match self.begin(&scene, &object, &kustomization) {
            Ok(run) => run,
            Err(halt) => return Err(self.unusable(&object, &halt).await),
        };
        let asks_for_a_run = |trigger: &Trigger| match trigger {
            Trigger::Drifted(_) => false,
            Trigger::DependencyChanged => memory.waits_for_dependencies,
            // Sources tell of every artifact, and the last run may have found this one by itself.
            Trigger::SourceChanged => !gate::has_built(&run, memory),
            Trigger::HolderChanged => {
                let taken_by = |one: &Contested| contested::taken_by(&run.work, &one.object);
                !memory.moving.is_empty()
                    || memory.contested.iter().any(|one| taken_by(one).as_ref() != Some(&one.holder))
            }
            Trigger::Seen
            | Trigger::Changed
            | Trigger::Requested
            | Trigger::FilesChanged
            | Trigger::ReferenceChanged
            | Trigger::StorageChanged
            | Trigger::RivalChanged
            | Trigger::ChangedHands
            | Trigger::Recovered
            | Trigger::Due => true,
        };
        let whole = triggers.iter().any(asks_for_a_run);
        // Also before a whole run, so that what was changed by whom is told.
        let drifted: Vec<_> = drifted(&triggers).cloned().collect();
        match Box::pin(drift::correct(&run.work, &mut memory.applied, &drifted)).await {
            Ok(()) if !whole => return Ok(Look::Rest),
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(kustomization = %self.task.key, %error, "a correction failed, reconciling in full");
            }
        }
        tracing::debug!(kustomization = %self.task.key, ?triggers, "reconciling");
        Ok(Look::Run)
    }

    async fn whole(&self, place: OwnedSemaphorePermit, memory: &mut Memory) -> Next {
        let (object, kustomization) = match self.object().await {
            Ok(found) => found,
            Err(next) => return next,
        };
        let (scene, found) = match self.scene(&kustomization).await {
            Ok(scene) => (scene, Ok(())),
            Err(halt) => (self.task.home(&kustomization.spec.service_account_name), Err(halt)),
        };
        let run = match self.begin(&scene, &object, &kustomization) {
            Ok(run) => run,
            Err(halt) => return self.unusable(&object, &halt).await,
        };
        let held = Box::pin(finalizer::hold(&self.task.engine.cluster, Applier::Kustomization, &object)).await;
        drop(object);
        Next::Sleep(full(&run, place, found.and(held.map_err(Halt::from)), memory).await)
    }
}

/// One whole run with its report. Says how long to sleep.
async fn full(run: &Run<'_>, place: OwnedSemaphorePermit, held: Result<(), Halt>, memory: &mut Memory) -> Duration {
    run.work.subscription.stop_awaiting();
    let started = Instant::now();
    let mut progress = Progress::default();
    let inventory = match &run.kustomization.status.inventory {
        Some(inventory) => Inventory::from_status(inventory).map_err(|error| Halt::Unreadable(error.to_string())),
        None => Ok(Inventory::default()),
    };
    let ready = inventory.and_then(|inventory| {
        progress.inventory = inventory;
        held
    });
    let result = match ready {
        Ok(()) => pipeline::reconcile(run, place, memory, &mut progress).await,
        Err(halt) => Err(halt),
    };
    progress.took = started.elapsed();
    telling::ran(run, &progress, &result);
    memory.unhealthy = matches!(result, Err(Halt::Stopped(Stop::Unhealthy { .. })));
    if let Err(Halt::Stopped(Stop::Refused(_) | Stop::Apply(_))) = &result {
        // What is kept knows no places of fields, and the next attempt's message should be as exact as this one's.
        memory.built = None;
    }
    memory.contested = match &result {
        Err(Halt::Contested(left)) => left.clone(),
        Ok(()) | Err(_) => Vec::new(),
    };
    memory.waits_for_dependencies = matches!(result, Err(Halt::Dependencies(_) | Halt::Cycle(_)));
    let being_fetched = matches!(result, Err(Halt::SourceNotReady { gap: SourceGap::BeingFetched, .. }));
    let waited_before = std::mem::replace(&mut memory.waited_for_fetch, being_fetched);
    if being_fetched && !waited_before {
        return FETCHED_WITHIN;
    }
    let reported = Box::pin(report::finished(run, &progress, &result)).await;
    match (result, reported) {
        (Ok(()), Ok(())) => {
            memory.pauses.reset();
            run.kustomization.spec.interval.0
        }
        // A result that is not written down must be found again.
        (_, Err(error)) => {
            tracing::warn!(kustomization = %run.work.subject.key, %error, "cannot write status");
            memory.pauses.next(run.kustomization.retry_interval())
        }
        (Err(halt), Ok(())) => match halt.retry() {
            Retry::Soon => memory.pauses.next(run.kustomization.retry_interval()),
            Retry::WhenChanged => {
                memory.pauses.reset();
                run.kustomization.retry_interval()
            }
        },
    }
}
