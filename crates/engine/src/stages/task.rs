//! The task of one object that applies others: sleeps, wakes for a reason, runs, reports, and sleeps again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cluster::EventType;
use kinds::flux::{ConditionStatus, Conditions};
use manifest::Value;
use plan::labels::Applier;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::drift::Corrections;
use super::pause::overdue;
use super::status;
use crate::Key;
use crate::clock::{now, until};
use crate::directory::Kind;
use crate::engine::Engine;
use crate::events::Event;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger};
use crate::observation::Named;
use crate::other_clusters::OtherCluster;
use crate::rivals;
use crate::subscription::Subscription;

/// The first fetch of a source or chart that takes no longer is not worth telling of.
pub(crate) const FETCHED_WITHIN: Duration = Duration::from_secs(1);

/// What a task knows of its object.
pub(crate) struct Task {
    pub(crate) engine: Engine,
    pub(crate) key: Key,
    pub(crate) mailbox: Mailbox,
    pub(crate) subscription: Arc<Subscription>,
    uid: Box<str>,
    /// The cluster that is heard of, if it is not the one at home.
    pub(super) heard: Mutex<Option<Arc<OtherCluster>>>,
}

/// What a look at the triggers and the object found.
pub(crate) enum Look {
    /// A whole run is to be done.
    Run,
    /// All is done that was to be done; what was due stays due.
    Rest,
}

/// What to do next.
pub(crate) enum Next {
    /// Sleep until something happens, at most this long.
    Sleep(Duration),
    /// The object is gone.
    End,
}

/// The object of a task is gone.
struct Gone;

/// What is done in a task.
pub(crate) trait Reconciler: Sync {
    /// What is remembered between runs.
    type Memory: Default + Send + Sync;

    fn task(&self) -> &Task;

    /// How often which object was put back.
    fn corrections(memory: &mut Self::Memory) -> &mut Corrections;

    /// Waits until everything that failed its health check is healthy; for ever if nothing did.
    fn recovered(&self, memory: &Self::Memory) -> impl Future<Output = ()> + Send;

    /// Puts drift back, and says whether there is more to do.
    fn look(
        &self,
        triggers: BTreeSet<Trigger>,
        memory: &mut Self::Memory,
    ) -> impl Future<Output = Result<Look, Next>> + Send;

    /// One whole run, of the object as it is now. `place` is its place among those at work.
    fn whole(&self, place: OwnedSemaphorePermit, memory: &mut Self::Memory) -> impl Future<Output = Next> + Send;
}

/// Works until the object is gone. A sleeping task, and one that waits for its place, hold nothing of what a run needs:
/// that is boxed.
pub(crate) async fn run<R: Reconciler>(reconciler: R) {
    let task = reconciler.task();
    let mut memory = R::Memory::default();
    let mut due = None;
    let mut standing_back = None;
    loop {
        let wake = due.into_iter().chain(R::corrections(&mut memory).due()).min();
        let triggers = tokio::select! {
            triggers = task.mailbox.take() => triggers,
            () = reconciler.recovered(&memory) => BTreeSet::from([Trigger::Recovered]),
            () = until(wake) => overdue(due, R::corrections(&mut memory), Instant::now()),
        };
        if let Some(rival) = task.rival() {
            due = None;
            match task.stand_back(&mut standing_back, rival).await {
                Ok(()) => continue,
                Err(Gone) => break,
            }
        }
        standing_back = None;
        let next = match Box::pin(reconciler.look(triggers, &mut memory)).await {
            Ok(Look::Run) => {
                let turn = task.engine.observers.turn(task.named());
                let place = task.engine.permit().await;
                turn.begins();
                if task.rival().is_some() {
                    // Whoever told of it left a trigger.
                    continue;
                }
                Box::pin(reconciler.whole(place, &mut memory)).await
            }
            Ok(Look::Rest) => continue,
            Err(next) => next,
        };
        match next {
            Next::Sleep(pause) => due = Instant::now().checked_add(pause),
            Next::End => break,
        }
    }
    task.subscription.stop_awaiting();
    task.stop_listening();
    task.engine.references.forget(task.subscription.subject(), &task.mailbox);
}

impl Task {
    /// From here on the object is listened to: tasks of one name follow each other in the order they are made.
    pub(crate) fn new(engine: Engine, applier: Applier, key: Key, uid: Box<str>, mailbox: Mailbox) -> Task {
        let subject = Subject { applier, key: key.clone() };
        let subscription = Arc::new(Subscription::new(subject, mailbox.clone(), engine.assumed.clone()));
        engine.tracker.subscribe(subscription.clone());
        Task { engine, key, mailbox, subscription, uid, heard: Mutex::default() }
    }

    /// The object as it is now.
    pub(crate) fn object(&self) -> Result<Value, Next> {
        let object = self.engine.directory.get(Kind::from(self.applier()), &self.key).ok_or(Next::End)?;
        // Another object of this name has a task of its own.
        if object["metadata"]["uid"] == *self.uid { Ok(object) } else { Err(Next::End) }
    }

    /// Why the object is to be left alone, if it is.
    fn rival(&self) -> Option<String> {
        self.engine.rivals.of(Kind::from(self.applier()))
    }

    /// Leaves the object to another controller. That is said once, whatever that controller writes over it.
    async fn stand_back(&self, told: &mut Option<String>, rival: String) -> Result<(), Gone> {
        let object = match self.object() {
            Ok(object) => object,
            Err(Next::End | Next::Sleep(_)) => return Err(Gone),
        };
        self.subscription.stop_awaiting();
        self.subscription.forget_unless(|_| false);
        let rests = object["spec"]["suspend"] == true || object["metadata"]["deletionTimestamp"].is_string();
        if told.as_ref() != Some(&rival) && !rests {
            Box::pin(self.tell_unusable(&object, rivals::REASON, &rival)).await;
            *told = Some(rival);
        }
        Ok(())
    }

    /// The object, for who counts and traces.
    fn named(&self) -> Named<'_> {
        Named { kind: self.applier().kind(), key: &self.key }
    }

    /// What events are about.
    pub(crate) fn about(&self, object: &Value) -> Value {
        json!({
            "apiVersion": object["apiVersion"],
            "kind": object["kind"],
            "metadata": {"name": self.key.name, "namespace": self.key.namespace, "uid": self.uid},
        })
    }

    /// Tells that the object cannot even be read as its kind, or holds expressions that cannot be used, and sleeps until
    /// it is another one.
    pub(crate) async fn unusable(&self, object: &Value, reason: &'static str, message: String) -> Next {
        Box::pin(self.tell_unusable(object, reason, &message)).await;
        Next::Sleep(Duration::MAX)
    }

    async fn tell_unusable(&self, object: &Value, reason: &'static str, message: &str) {
        let mut conditions: Conditions =
            serde_json::from_value(object["status"]["conditions"].clone()).unwrap_or_default();
        let before = conditions.clone();
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        let now = now();
        conditions.remove("Reconciling");
        conditions.set("Stalled", ConditionStatus::True, reason, message, generation, &now);
        conditions.set("Ready", ConditionStatus::False, reason, message, generation, &now);
        if conditions == before {
            return;
        }
        let (cluster, applier) = (&self.engine.cluster, self.applier());
        let after = json!({"conditions": conditions, "observedGeneration": generation});
        if let Err(error) = status::patch(cluster, applier, object, &after).await {
            tracing::warn!(%error, "cannot write status");
        }
        let event = Event { kind: EventType::Warning, reason, message, revision: None };
        self.engine.events.record(object, applier.manager(), event);
    }

    fn applier(&self) -> Applier {
        self.subscription.subject().applier
    }
}
