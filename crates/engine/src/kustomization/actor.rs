//! The task of one Kustomization: sleeps, wakes for a reason, runs, reports, and sleeps again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::Cluster;
use kinds::flux::Kustomization;
use manifest::Value;
use plan::health::{HealthRule, Verdict, verdict};
use plan::inventory::Inventory;
use tokio::time::Instant;

use super::halt::{Halt, Retry};
use super::memory::Memory;
use super::written::Written;
use super::{drift, finalize, gate, report};
use crate::Key;
use crate::clock::until;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::mailbox::{Mailbox, Trigger, drifted};
use crate::pipeline::{self, Progress, Run};
use crate::subscription::Subscription;

/// The first pause after a failure that may pass; it doubles up to the retry interval.
const FIRST_PAUSE: Duration = Duration::from_millis(750);

/// The task of one Kustomization.
pub(crate) struct Actor {
    engine: Engine,
    key: Key,
    uid: String,
    mailbox: Mailbox,
    subscription: Arc<Subscription>,
    written: Written,
}

/// What to do after a run.
enum Next {
    /// Sleep until something happens, at most this long.
    Sleep(Duration),
    /// The object is gone.
    End,
}

impl Actor {
    pub(crate) fn new(engine: Engine, key: Key, uid: String, mailbox: Mailbox) -> Actor {
        let subscription = Subscription::new(key.clone(), mailbox.clone(), engine.assumed.clone());
        Actor { engine, key, uid, mailbox, subscription: Arc::new(subscription), written: Written::default() }
    }

    /// Works until the object is gone.
    pub(crate) async fn run(self) {
        self.engine.tracker.subscribe(self.subscription.clone());
        let mut memory = Memory::default();
        let mut due = None;
        loop {
            let triggers = tokio::select! {
                triggers = self.mailbox.take() => triggers,
                () = self.recovered(), if memory.unhealthy => BTreeSet::from([Trigger::Recovered]),
                () = until(due) => BTreeSet::from([Trigger::Due]),
            };
            let Some(object) = self.object() else { break };
            // Boxed, so that a sleeping task holds none of what a run needs.
            match Box::pin(self.handle(&object, &triggers, &mut memory)).await {
                Some(Next::Sleep(pause)) => due = Instant::now().checked_add(pause),
                Some(Next::End) => break,
                // Nothing was to be done: what was due stays due.
                None => {}
            }
        }
        self.subscription.stop_awaiting();
        // Another object of the same name may already have a task of its own, which hears of the same things.
        if self.engine.directory.kustomization(&self.key).is_none() {
            self.engine.tracker.unsubscribe(&self.key);
            self.engine.references.forget(&self.key);
        }
    }

    /// Waits until everything that failed its health check is healthy.
    async fn recovered(&self) {
        while verdict(&self.subscription.healths()) != Verdict::Healthy {
            self.subscription.health_changed().await;
        }
    }

    /// The object, if it still is the one this task began with.
    fn object(&self) -> Option<Arc<Value>> {
        let object = self.engine.directory.get(Kind::Kustomization, &self.key)?;
        (object["metadata"]["uid"] == self.uid.as_str()).then(|| self.written.newest(object))
    }

    async fn handle(&self, object: &Value, triggers: &BTreeSet<Trigger>, memory: &mut Memory) -> Option<Next> {
        let kustomization = match Kustomization::read(object) {
            Ok(kustomization) => kustomization,
            Err(error) => {
                report::unreadable(&self.engine.cluster, object, &Halt::Unreadable(error.to_string())).await;
                return Some(Next::Sleep(Duration::MAX));
            }
        };
        if kustomization.metadata.deletion_timestamp.is_some() {
            return Some(self.finalize(object, &kustomization).await);
        }
        if kustomization.spec.suspend {
            return Some(Next::Sleep(Duration::MAX));
        }
        let run = match self.begin(object, &kustomization) {
            Ok(run) => run,
            Err(halt) => {
                report::unreadable(&self.engine.cluster, object, &halt).await;
                return Some(Next::Sleep(Duration::MAX));
            }
        };
        let asks_for_a_run = |trigger: &Trigger| match trigger {
            Trigger::Drifted(_) => false,
            Trigger::DependencyChanged => memory.waits_for_dependencies,
            // Sources tell of every artifact, and the last run may have found this one by itself.
            Trigger::SourceChanged => !gate::has_built(&run, memory),
            Trigger::Seen
            | Trigger::Changed
            | Trigger::Requested
            | Trigger::FilesChanged
            | Trigger::ReferenceChanged
            | Trigger::Recovered
            | Trigger::Due => true,
        };
        let whole = triggers.iter().any(asks_for_a_run);
        // Also before a whole run, so that what was changed by whom is told.
        let drifted: Vec<_> = drifted(triggers).cloned().collect();
        match drift::correct(&run, memory, &drifted).await {
            Ok(()) if !whole => return None,
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(kustomization = %self.key, %error, "a correction failed, reconciling in full");
            }
        }
        tracing::debug!(kustomization = %self.key, ?triggers, "reconciling");
        Some(Next::Sleep(full(&run, memory).await))
    }

    fn begin<'a>(&'a self, object: &'a Value, kustomization: &'a Kustomization) -> Result<Run<'a>, Halt> {
        let rules = HealthRule::read(&object["spec"]["healthCheckExprs"]).map_err(Halt::HealthRules)?;
        Ok(Run {
            engine: &self.engine,
            key: self.key.clone(),
            object,
            kustomization,
            mailbox: &self.mailbox,
            written: &self.written,
            subscription: self.subscription.clone(),
            cluster: acting_cluster(&self.engine.cluster, kustomization),
            health_rules: rules.into(),
        })
    }

    async fn finalize(&self, object: &Value, kustomization: &Kustomization) -> Next {
        self.subscription.forget_unless(|_| false);
        let cluster = acting_cluster(&self.engine.cluster, kustomization);
        match finalize::finalize(&self.engine, &cluster, object, kustomization).await {
            Ok(()) => Next::End,
            Err(halt) => {
                report::failed_to_finalize(&self.engine.cluster, object, &halt).await;
                Next::Sleep(kustomization.retry_interval())
            }
        }
    }
}

/// The cluster as the user whose rights a Kustomization uses.
fn acting_cluster(cluster: &Cluster, kustomization: &Kustomization) -> Cluster {
    match &kustomization.spec.service_account_name {
        Some(name) if !name.is_empty() => {
            cluster.impersonating(&format!("system:serviceaccount:{}:{name}", kustomization.metadata.namespace))
        }
        Some(_) | None => cluster.clone(),
    }
}

/// One whole run with its report. Says how long to sleep.
async fn full(run: &Run<'_>, memory: &mut Memory) -> Duration {
    run.subscription.stop_awaiting();
    let started = Instant::now();
    let inventory = match &run.kustomization.status.inventory {
        Some(inventory) => Inventory::from_status(inventory).map_err(|error| Halt::Unreadable(error.to_string())),
        None => Ok(Inventory::default()),
    };
    let held = finalize::hold(&run.engine.cluster, run.object, run.kustomization).await;
    let mut progress = Progress::default();
    let result = match (inventory, held) {
        (Ok(inventory), Ok(())) => {
            progress.inventory = inventory;
            pipeline::reconcile(run, memory, &mut progress).await
        }
        (Err(halt), _) => Err(halt),
        (Ok(inventory), Err(error)) => {
            progress.inventory = inventory;
            Err(error.into())
        }
    };
    progress.took = started.elapsed();
    let reported = report::finished(run, &progress, &result).await;
    memory.unhealthy = matches!(result, Err(Halt::Unhealthy { .. }));
    if let Err(Halt::Refused(_) | Halt::Apply(_)) = &result {
        // What is kept knows no places of fields, and the next attempt's message should be as exact as this one's.
        memory.built = None;
    }
    memory.waits_for_dependencies = matches!(result, Err(Halt::Dependencies(_) | Halt::Cycle(_)));
    match (result, reported) {
        (Ok(()), Ok(())) => {
            memory.failures = 0;
            run.kustomization.spec.interval.0
        }
        // A result that is not written down must be found again.
        (_, Err(error)) => {
            tracing::warn!(kustomization = %run.key, %error, "cannot write status");
            pause(memory, run.kustomization.retry_interval())
        }
        (Err(halt), Ok(())) => match halt.retry() {
            Retry::Soon => pause(memory, run.kustomization.retry_interval()),
            Retry::WhenChanged => {
                memory.failures = 0;
                run.kustomization.retry_interval()
            }
        },
    }
}

fn pause(memory: &mut Memory, most: Duration) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << memory.failures.min(16)).min(most);
    memory.failures += 1;
    pause
}
