//! What one Kustomization expects of its live objects, and what it hears of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster::ObjectRef;
use jiff::Timestamp;
use manifest::{ObjectId, Value};
use plan::health::{Health, HealthRule, assess, is_unattended};
use plan::labels::Owner;
use plan::owned::{Drift, Owned, drift};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::directory::Kind;
use crate::mailbox::{Mailbox, Trigger};
use crate::tracker::{Tracker, resource_version};
use crate::{AssumedKinds, Key};

/// The ears of one Kustomization.
pub(crate) struct Subscription {
    key: Key,
    mailbox: Mailbox,
    manager: String,
    assumed: AssumedKinds,
    health_changed: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// While a run applies objects, its own writes must not look like drift.
    applying: bool,
    expected: BTreeMap<ObjectRef, Owned>,
    latest: BTreeMap<ObjectRef, Option<Value>>,
    drifts: BTreeMap<ObjectRef, Drift>,
    rules: Arc<[HealthRule]>,
    awaited: BTreeMap<ObjectRef, Health>,
    /// Awaited objects that go away by themselves when they are done.
    vanishing: BTreeSet<ObjectRef>,
    /// The watches of awaited objects that are not ours.
    strangers: JoinSet<()>,
}

/// A run is at work; dropping this ends it, however it ended.
pub(crate) struct Applying<'a>(&'a Subscription);

impl Drop for Applying<'_> {
    fn drop(&mut self) {
        self.0.settle();
    }
}

impl Subscription {
    pub(crate) fn new(key: Key, mailbox: Mailbox, assumed: AssumedKinds) -> Subscription {
        Subscription {
            key,
            mailbox,
            manager: plan::FIELD_MANAGER.to_owned(),
            assumed,
            health_changed: Notify::new(),
            state: Mutex::default(),
        }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Until the result is dropped, events are kept and not judged: what a run sees, decides and writes is one step, and
    /// what happens meanwhile is judged against its outcome.
    #[must_use]
    pub(crate) fn begin(&self) -> Applying<'_> {
        self.lock().applying = true;
        Applying(self)
    }

    /// Judges what happened since [`Subscription::begin`] against what is expected now.
    fn settle(&self) {
        let latest = {
            let mut state = self.lock();
            state.applying = false;
            std::mem::take(&mut state.latest)
        };
        for (reference, object) in latest {
            self.judge(&reference, object.as_ref());
        }
    }

    /// `object` was applied: its owned fields are what is expected from now on.
    pub(crate) fn expect(&self, object: &Value) {
        let Some(reference) = ObjectRef::of(object) else { return };
        let owned = Owned::of(object, &self.manager);
        let mut state = self.lock();
        state.drifts.remove(&reference);
        // What was seen up to this write says nothing about drift from it; what came after does.
        let written = resource_version(object);
        if let Some(Some(latest)) = state.latest.get(&reference)
            && resource_version(latest) <= written
        {
            state.latest.remove(&reference);
        }
        match owned {
            Some(owned) => state.expected.insert(reference, owned),
            None => state.expected.remove(&reference),
        };
    }

    /// Nothing is expected any more of objects that `keep` refuses.
    pub(crate) fn forget_unless(&self, keep: impl Fn(&ObjectRef) -> bool) {
        let mut state = self.lock();
        state.expected.retain(|reference, _| keep(reference));
        state.drifts.retain(|reference, _| keep(reference));
    }

    /// The drift of an object, if it is still so.
    pub(crate) fn take_drift(&self, object: &ObjectId) -> Option<(ObjectRef, Drift)> {
        let mut state = self.lock();
        let reference = state.drifts.keys().find(|reference| reference.id() == *object)?.clone();
        state.drifts.remove_entry(&reference)
    }

    /// Begins to judge the health of `objects`. Those in `vanishing` may be gone when they are done. Returns the ones
    /// that the tracker does not tell of, because they do not carry our label.
    pub(crate) fn await_health(
        &self,
        tracker: &Tracker,
        objects: BTreeSet<ObjectRef>,
        vanishing: BTreeSet<ObjectRef>,
        rules: Arc<[HealthRule]>,
    ) -> Vec<ObjectRef> {
        let mut state = self.lock();
        state.rules = rules;
        state.vanishing = vanishing;
        let (now, us) = (Timestamp::now(), Owner::from(&self.key));
        let mut strangers = Vec::new();
        // The tracker knows a state before it tells of it, so what it tells from here on waits for the lock and is judged
        // after this.
        let judged = objects.into_iter().map(|reference| {
            let live = tracker.live(&reference);
            if live.as_ref().and_then(Owner::of).as_ref() != Some(&us) {
                strangers.push(reference.clone());
            }
            let health = self.health_of(&reference, live.as_ref(), &state.rules, &state.vanishing, now);
            (reference, health)
        });
        let judged = judged.collect();
        state.awaited = judged;
        strangers
    }

    /// Keeps the tasks that tell of awaited objects that are not ours.
    pub(crate) fn hear(&self, strangers: JoinSet<()>) {
        self.lock().strangers = strangers;
    }

    /// The health of the awaited objects.
    pub(crate) fn healths(&self) -> BTreeMap<ObjectId, Health> {
        self.lock().awaited.iter().map(|(reference, health)| (reference.id(), health.clone())).collect()
    }

    /// Ends what [`Subscription::await_health`] began.
    pub(crate) fn stop_awaiting(&self) {
        let mut state = self.lock();
        state.awaited.clear();
        state.vanishing.clear();
        state.strangers = JoinSet::new();
    }

    /// Waits until the health of an awaited object changes.
    pub(crate) async fn health_changed(&self) {
        self.health_changed.notified().await;
    }

    /// Judges the health of awaited objects anew: time alone can change it.
    pub(crate) fn reassess(&self, tracker: &Tracker) {
        let mut state = self.lock();
        let now = Timestamp::now();
        let State { awaited, rules, vanishing, .. } = &mut *state;
        for (reference, health) in awaited {
            // What the tracker does not know is told of by others, and does not change by time.
            if let Some(object) = tracker.live(reference) {
                *health = self.health_of(reference, Some(&object), rules, vanishing, now);
            }
        }
    }

    /// Hears of an object's new state (none: it is gone).
    pub(crate) fn saw(&self, reference: &ObjectRef, object: Option<&Value>) {
        self.saw_health(reference, object);
        {
            let mut state = self.lock();
            if state.applying {
                state.latest.insert(reference.clone(), object.cloned());
                return;
            }
        }
        self.judge(reference, object);
    }

    fn judge(&self, reference: &ObjectRef, object: Option<&Value>) {
        let mut state = self.lock();
        let Some(owned) = state.expected.get(reference) else { return };
        let Some(found) = drift(owned, object, &self.manager) else {
            state.drifts.remove(reference);
            return;
        };
        state.drifts.insert(reference.clone(), found);
        drop(state);
        self.mailbox.leave(Trigger::Drifted(reference.id()));
    }

    /// Hears of an awaited object's new state, whoever it belongs to.
    pub(crate) fn saw_health(&self, reference: &ObjectRef, object: Option<&Value>) {
        let mut state = self.lock();
        if !state.awaited.contains_key(reference) {
            return;
        }
        let health = self.health_of(reference, object, &state.rules, &state.vanishing, Timestamp::now());
        let before = state.awaited.insert(reference.clone(), health.clone());
        drop(state);
        if before != Some(health) {
            self.health_changed.notify_one();
        }
    }

    fn health_of(
        &self,
        reference: &ObjectRef,
        object: Option<&Value>,
        rules: &[HealthRule],
        vanishing: &BTreeSet<ObjectRef>,
        now: Timestamp,
    ) -> Health {
        match object {
            Some(object) if self.assumed.cover(object) => Health::assumed(&reference.gvk.kind),
            Some(object) if is_unattended(object) && Kind::of(&reference.gvk).is_none() => {
                Health::unattended(&reference.gvk.kind)
            }
            Some(object) => assess(object, rules, now),
            None if vanishing.contains(reference) => Health::vanished(),
            None => Health::not_found(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one map operation, so a panic elsewhere leaves the maps whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
