//! What one Kustomization or HelmRelease expects of its live objects, and what it hears of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster::ObjectRef;
use manifest::Value;
use plan::health::{self, Verdict};
use plan::labels::{Applier, Owner};
use plan::owned::{Drift, Owned, drift};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::AssumedKinds;
use crate::awaited::{Awaited, News, Rules, Standing};
use crate::clock;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger};
use crate::tracker::{Seen, Tracker};

/// The ears of one Kustomization or HelmRelease.
pub(crate) struct Subscription {
    subject: Subject,
    mailbox: Mailbox,
    assumed: AssumedKinds,
    health_changed: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// While a run applies objects, its own writes must not look like drift.
    applying: bool,
    expected: BTreeMap<Arc<ObjectRef>, Expected>,
    latest: BTreeMap<Arc<ObjectRef>, Latest>,
    drifts: BTreeMap<Arc<ObjectRef>, Drift>,
    awaited: Option<Box<Awaited>>,
}

/// An object as it was applied. What of it is ours is read from it when something differs.
struct Expected {
    applied: Arc<Seen>,
    /// Digest of the fields that are ours, with their values.
    fingerprint: [u8; 32],
    /// The resource version that was judged last.
    judged: u64,
}

/// What was heard of an object during a run.
struct Latest {
    resource_version: u64,
    object: Option<Value>,
}

/// A run is at work; dropping this ends it, however it ended.
pub(crate) struct Applying<'a>(&'a Subscription);

impl Drop for Applying<'_> {
    fn drop(&mut self) {
        self.0.settle();
    }
}

impl Subscription {
    pub(crate) fn new(subject: Subject, mailbox: Mailbox, assumed: AssumedKinds) -> Subscription {
        Subscription { subject, mailbox, assumed, health_changed: Notify::new(), state: Mutex::default() }
    }

    pub(crate) fn subject(&self) -> &Subject {
        &self.subject
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
        let mut state = self.lock();
        state.applying = false;
        for (reference, latest) in std::mem::take(&mut state.latest) {
            self.judge(&mut state, &reference, latest.resource_version, latest.object.as_ref());
        }
    }

    /// `object` was applied: its owned fields are what is expected from now on. `applied` is the same object, as it is
    /// kept.
    pub(crate) fn expect(&self, applied: Arc<Seen>, object: &Value) {
        let fingerprint = Owned::of(object, self.manager()).map(|owned| owned.fingerprint());
        let mut state = self.lock();
        state.drifts.remove(&applied.reference);
        match fingerprint {
            Some(fingerprint) => {
                // What was seen before this write says nothing about drift from it; what comes after does.
                let judged = applied.resource_version;
                state.expected.insert(applied.reference.clone(), Expected { applied, fingerprint, judged });
            }
            None => drop(state.expected.remove(&applied.reference)),
        }
    }

    /// Nothing is expected any more of objects that `keep` refuses.
    pub(crate) fn forget_unless(&self, keep: impl Fn(&ObjectRef) -> bool) {
        let mut state = self.lock();
        state.expected.retain(|reference, _| keep(reference));
        state.drifts.retain(|reference, _| keep(reference));
    }

    /// The drift of an object, if it is still so.
    pub(crate) fn take_drift(&self, object: &ObjectRef) -> Option<Drift> {
        self.lock().drifts.remove(object)
    }

    /// Begins to judge the health of `objects`. Those in `vanishing` may be gone when they are done. Returns the ones
    /// that the tracker does not tell of, because they do not carry our label.
    pub(crate) fn await_health(
        &self,
        tracker: &Tracker,
        objects: BTreeSet<ObjectRef>,
        vanishing: BTreeSet<ObjectRef>,
        rules: health::Rules,
    ) -> Vec<ObjectRef> {
        let us = Owner::from(&self.subject);
        let mut awaited = Awaited::new(Rules { assumed: self.assumed.clone(), of: rules, vanishing });
        let mut strangers = Vec::new();
        // The tracker knows a state before it tells of it, so what it tells from here on waits for the lock and is judged
        // after this.
        let mut state = self.lock();
        for reference in objects {
            let seen = tracker.seen(&reference);
            let live = seen.as_ref().map(|seen| seen.object.value());
            if live.as_ref().and_then(Owner::of).as_ref() != Some(&us) {
                strangers.push(reference.clone());
            }
            let resource_version = seen.as_ref().map_or(0, |seen| seen.resource_version);
            let reference = seen.map_or_else(|| Arc::new(reference), |seen| seen.reference.clone());
            awaited.add(reference, resource_version, live.as_ref());
        }
        state.awaited = Some(Box::new(awaited));
        strangers
    }

    /// Keeps the tasks that tell of awaited objects that are not ours.
    pub(crate) fn hear(&self, strangers: JoinSet<()>) {
        if let Some(awaited) = &mut self.lock().awaited {
            awaited.strangers = strangers;
        }
    }

    /// Where the awaited objects stand together.
    pub(crate) fn standing(&self) -> Standing {
        self.lock().awaited.as_ref().map_or(Standing::Healthy, |awaited| awaited.standing())
    }

    /// The same with every object by name.
    pub(crate) fn verdict(&self) -> Verdict {
        self.lock().awaited.as_ref().map_or(Verdict::Healthy, |awaited| awaited.verdict())
    }

    /// The kinds of awaited objects whose health was assumed.
    pub(crate) fn assumed_kinds(&self) -> BTreeSet<String> {
        self.lock().awaited.as_ref().map(|awaited| awaited.assumed()).unwrap_or_default()
    }

    /// Ends what [`Subscription::await_health`] began.
    pub(crate) fn stop_awaiting(&self) {
        let ended = self.lock().awaited.take();
        drop(ended);
    }

    /// Waits until the health of an awaited object changes.
    pub(crate) async fn health_changed(&self) {
        self.health_changed.notified().await;
    }

    /// Judges the health of awaited objects anew where time alone can have changed it.
    pub(crate) fn reassess(&self, tracker: &Tracker) {
        let mut state = self.lock();
        let Some(awaited) = &mut state.awaited else { return };
        let now = clock::timestamp();
        for reference in awaited.due(now) {
            // What the tracker does not know is told of by others, and does not change by time.
            if let Some(seen) = tracker.seen(&reference) {
                awaited.hear(&reference, Some(seen.resource_version), Some(&seen.object.value()), now);
            }
        }
    }

    /// Hears of an object's new state (none: it is gone). Two states of one object may be told in the wrong order; the
    /// older one is not news.
    pub(crate) fn saw(&self, reference: &Arc<ObjectRef>, resource_version: u64, object: Option<&Value>) {
        self.saw_health(reference, Some(resource_version), object);
        let mut state = self.lock();
        if !state.applying {
            return self.judge(&mut state, reference, resource_version, object);
        }
        if state.latest.get(reference).is_none_or(|latest| latest.resource_version <= resource_version) {
            state.latest.insert(reference.clone(), Latest { resource_version, object: object.cloned() });
        }
    }

    fn judge(&self, state: &mut State, reference: &Arc<ObjectRef>, resource_version: u64, object: Option<&Value>) {
        let Some(expected) = state.expected.get_mut(reference) else { return };
        if resource_version < expected.judged {
            return;
        }
        expected.judged = resource_version;
        match expected.drift(self.manager(), object) {
            Some(found) => {
                state.drifts.insert(reference.clone(), found);
                self.mailbox.leave(Trigger::Drifted(reference.clone()));
            }
            None => {
                // Who told of it, and did nothing about it, hears of its end.
                if state.drifts.remove(reference).is_some() {
                    self.mailbox.leave(Trigger::Drifted(reference.clone()));
                }
                // It took the object once more before it let go: only the next run would make the label ours again.
                if object.is_some_and(|live| is_handed_over(self.subject.applier, live)) {
                    self.mailbox.leave(Trigger::ChangedHands);
                }
            }
        }
    }

    /// Hears of an awaited object's new state, whoever it belongs to.
    pub(crate) fn saw_health(&self, reference: &ObjectRef, resource_version: Option<u64>, object: Option<&Value>) {
        let news = match &mut self.lock().awaited {
            Some(awaited) => awaited.hear(reference, resource_version, object, clock::timestamp()),
            None => News::None,
        };
        if news == News::Changed {
            self.health_changed.notify_one();
        }
    }

    fn manager(&self) -> &'static str {
        self.subject.applier.manager()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one map operation, so a panic elsewhere leaves the maps whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the label that names who applies an object is there only because somebody else left it there who let go of it.
fn is_handed_over(applier: Applier, live: &Value) -> bool {
    let label = format!("f:{}", applier.name_label());
    let managed = live["metadata"]["managedFields"].as_array();
    let owns = |manager: &str| {
        let of_manager = managed.into_iter().flatten().filter(|entry| entry["manager"] == manager);
        of_manager.into_iter().any(|entry| entry["fieldsV1"]["f:metadata"]["f:labels"][&label].is_object())
    };
    owns(applier.status_manager()) && !owns(applier.manager())
}

impl Expected {
    /// How a live object (none: it is gone) differs from what was applied.
    fn drift(&self, manager: &str, live: Option<&Value>) -> Option<Drift> {
        let is_going = |live: &Value| live["metadata"]["deletionTimestamp"].is_string();
        if let Some(live) = live.filter(|live| !is_going(live))
            && Owned::of(live, manager).is_some_and(|owned| owned.fingerprint() == self.fingerprint)
        {
            return None;
        }
        let applied = Owned::of(&self.applied.object.value(), manager)?;
        drift(&applied, live, manager)
    }
}

#[cfg(test)]
mod tests {
    use manifest::GroupVersionKind;
    use plan::labels::Applier;
    use serde_json::json;

    use super::*;
    use crate::Key;
    use crate::packing::Packing;

    fn config_map(version: u64, value: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": "web", "namespace": "ns", "resourceVersion": version.to_string(),
                "managedFields": [{
                    "manager": Applier::Kustomization.manager(), "operation": "Apply", "apiVersion": "v1",
                    "fieldsV1": {"f:data": {"f:value": {}}},
                }],
            },
            "data": {"value": value},
        })
    }

    fn reference() -> Arc<ObjectRef> {
        Arc::new(ObjectRef::new(GroupVersionKind::from_api_version("v1", "ConfigMap"), "ns", "web"))
    }

    fn expecting(version: u64, value: &str) -> (Subscription, Mailbox) {
        let mailbox = Mailbox::default();
        let subject = Subject { applier: Applier::Kustomization, key: Key::new("ns", "apps") };
        let subscription = Subscription::new(subject, mailbox.clone(), AssumedKinds::default());
        expect(&subscription, version, value);
        (subscription, mailbox)
    }

    fn expect(subscription: &Subscription, version: u64, value: &str) {
        let object = config_map(version, value);
        let packed = Packing::default().pack(&object);
        let seen = Seen { reference: reference(), resource_version: version, object: packed };
        subscription.expect(Arc::new(seen), &object);
    }

    #[track_caller]
    fn check(subscription: &Subscription, drifted: Option<&str>) {
        let found = subscription.take_drift(&reference()).map(|drift| drift.to_string());
        assert_eq!(found.as_deref(), drifted);
    }

    #[test]
    fn a_difference_is_drift_and_its_end_is_its_end() {
        let (subscription, mailbox) = expecting(5, "1");
        subscription.saw(&reference(), 5, Some(&config_map(5, "1")));
        assert!(!mailbox.holds(|_| true), "it is our own write");
        subscription.saw(&reference(), 6, Some(&config_map(6, "2")));
        assert!(mailbox.holds(|trigger| *trigger == Trigger::Drifted(reference())));
        check(&subscription, Some(r#"data.value changed from "1" to "2""#));
        subscription.saw(&reference(), 7, Some(&config_map(7, "3")));
        subscription.saw(&reference(), 8, Some(&config_map(8, "1")));
        check(&subscription, None);
        subscription.saw(&reference(), 9, None);
        check(&subscription, Some("deleted"));
    }

    /// The same object with a label of ours that this manager has set.
    fn labelled(version: u64, manager: &str) -> Value {
        let mut object = config_map(version, "1");
        object["metadata"]["labels"] = json!({Applier::Kustomization.name_label(): "apps"});
        let label = format!("f:{}", Applier::Kustomization.name_label());
        object["metadata"]["managedFields"].as_array_mut().unwrap().push(json!({
            "manager": manager, "operation": "Update", "apiVersion": "v1",
            "fieldsV1": {"f:metadata": {"f:labels": {label: {}}}},
        }));
        object
    }

    #[test]
    fn what_somebody_hands_over_is_made_ours() {
        let (subscription, mailbox) = expecting(5, "1");
        subscription.saw(&reference(), 6, Some(&labelled(6, Applier::Kustomization.manager())));
        subscription.saw(&reference(), 7, Some(&labelled(7, "kubectl-label")));
        assert!(!mailbox.holds(|_| true), "nobody let go of it");
        subscription.saw(&reference(), 8, Some(&labelled(8, Applier::Kustomization.status_manager())));
        assert!(mailbox.holds(|trigger| *trigger == Trigger::ChangedHands));
        check(&subscription, None);
    }

    #[test]
    fn of_two_states_told_in_the_wrong_order_the_newer_counts() {
        let (subscription, mailbox) = expecting(5, "1");
        subscription.saw(&reference(), 4, Some(&config_map(4, "0")));
        assert!(!mailbox.holds(|_| true), "it was so before it was applied");
        subscription.saw(&reference(), 7, Some(&config_map(7, "1")));
        subscription.saw(&reference(), 6, Some(&config_map(6, "2")));
        assert!(!mailbox.holds(|_| true), "it was put right since");
        subscription.saw(&reference(), 9, Some(&config_map(9, "2")));
        subscription.saw(&reference(), 8, Some(&config_map(8, "1")));
        check(&subscription, Some(r#"data.value changed from "1" to "2""#));
    }

    #[test]
    fn what_is_told_during_a_run_is_judged_by_its_outcome_in_any_order() {
        let (subscription, mailbox) = expecting(5, "1");
        let applying = subscription.begin();
        subscription.saw(&reference(), 7, Some(&config_map(7, "2")));
        subscription.saw(&reference(), 6, Some(&config_map(6, "0")));
        expect(&subscription, 8, "2");
        drop(applying);
        assert!(!mailbox.holds(|_| true));
        let applying = subscription.begin();
        expect(&subscription, 9, "3");
        subscription.saw(&reference(), 10, Some(&config_map(10, "2")));
        subscription.saw(&reference(), 9, Some(&config_map(9, "3")));
        drop(applying);
        check(&subscription, Some(r#"data.value changed from "3" to "2""#));
    }
}
