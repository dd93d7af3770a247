//! The live state of everything that was applied, kept by watches.
//!
//! One watch per type and kind of applier follows the objects that carry its owner labels. From it come, without a request: what an object
//! looks like now, whether it drifted from what was applied, and whether it is healthy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Scope, Selector};
use futures::future::join_all;
use manifest::{GroupVersionKind, Value};
use plan::labels::{Applier, Owner};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::key::Subject;
use crate::packing::{PackedValue, Packing};
use crate::subscription::Subscription;

/// The shared view on live objects.
#[derive(Clone)]
pub(crate) struct Tracker {
    cluster: Cluster,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    packing: Packing,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    watches: BTreeMap<(Applier, GroupVersionKind), TypeWatch>,
    objects: BTreeMap<Arc<ObjectRef>, Known>,
    subscriptions: BTreeMap<Subject, Arc<Subscription>>,
    tombstones: usize,
}

/// The watch of one type, and whether its first list has arrived.
struct TypeWatch {
    listed: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Drop for TypeWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is known of an object.
struct Known {
    resource_version: u64,
    owner: Option<Subject>,
    /// None once it was deleted: an answer to an older request must not bring it back.
    seen: Option<Arc<Seen>>,
}

/// An object as it was at one time. Whoever keeps that state shares it.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Which object.
    pub(crate) reference: Arc<ObjectRef>,
    /// At which version.
    pub(crate) resource_version: u64,
    /// How it was.
    pub(crate) object: PackedValue,
}

/// How long a run waits for the first list of a type; the watch goes on trying meanwhile.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many deleted objects are remembered. Only those of the last moments matter.
const MAX_TOMBSTONES: usize = 1024;

impl Tracker {
    pub(crate) fn new(cluster: Cluster) -> Tracker {
        Tracker { cluster, shared: Arc::default() }
    }

    /// Makes `subscription` hear of the objects that are labelled as its subject's.
    pub(crate) fn subscribe(&self, subscription: Arc<Subscription>) {
        self.shared.lock().subscriptions.insert(subscription.subject().clone(), subscription);
    }

    /// Ends what [`Tracker::subscribe`] began. A subscription that took the place of this one stays.
    pub(crate) fn unsubscribe(&self, subscription: &Arc<Subscription>) {
        let mut state = self.shared.lock();
        if state.subscriptions.get(subscription.subject()).is_some_and(|held| Arc::ptr_eq(held, subscription)) {
            state.subscriptions.remove(subscription.subject());
        }
    }

    /// Watches these types and waits until each was listed once. Types that are not served are returned; they are
    /// tried again the next time.
    pub(crate) async fn ensure(
        &self,
        applier: Applier,
        types: &BTreeSet<GroupVersionKind>,
    ) -> Result<BTreeSet<GroupVersionKind>, ClusterError> {
        let outcomes = join_all(types.iter().map(|gvk| self.ensure_one(applier, gvk))).await;
        let mut unserved = BTreeSet::new();
        for (gvk, outcome) in types.iter().zip(outcomes) {
            match outcome {
                Ok(()) => {}
                Err(ClusterError::NoSuchKind { .. }) => {
                    unserved.insert(gvk.clone());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unserved)
    }

    async fn ensure_one(&self, applier: Applier, gvk: &GroupVersionKind) -> Result<(), ClusterError> {
        if !self.shared.lock().watches.contains_key(&(applier, gvk.clone())) {
            let kind = self.cluster.kind(gvk).await?;
            if !kind.verbs.iter().any(|verb| verb == "watch") {
                // Reviews and the like: applied once, never to be seen again.
                return Ok(());
            }
        }
        let mut listed = self.watch_type(applier, gvk);
        match tokio::time::timeout(LIST_TIMEOUT, listed.wait_for(|listed| *listed)).await {
            Ok(Ok(_)) => Ok(()),
            // The watch ended itself.
            Ok(Err(_)) => Err(ClusterError::NoSuchKind { gvk: gvk.clone() }),
            Err(_) => Err(ClusterError::Unreachable {
                message: format!(
                    "{gvk} was not listed within {LIST_TIMEOUT:?}; look whether listing and watching it is allowed, and \
                     whether its conversion webhook answers"
                ),
            }),
        }
    }

    /// The watch of a type, begun if there is none.
    fn watch_type(&self, applier: Applier, gvk: &GroupVersionKind) -> watch::Receiver<bool> {
        let mut state = self.shared.lock();
        if let Some(watch) = state.watches.get(&(applier, gvk.clone())) {
            return watch.listed.clone();
        }
        let (sender, listed) = watch::channel(false);
        let task =
            tokio::spawn(follow(self.cluster.clone(), Arc::downgrade(&self.shared), applier, gvk.clone(), sender));
        state.watches.insert((applier, gvk.clone()), TypeWatch { listed: listed.clone(), task });
        listed
    }

    /// The object as it was last seen; none if it does not exist or carries no owner label.
    pub(crate) fn seen(&self, object: &ObjectRef) -> Option<Arc<Seen>> {
        self.shared.lock().objects.get(object)?.seen.clone()
    }

    /// The same, to be read.
    pub(crate) fn live(&self, object: &ObjectRef) -> Option<Value> {
        self.seen(object).map(|seen| seen.object.value())
    }

    /// Takes in an object that was just read or written, ahead of its watch event, and returns it as it is kept; none if
    /// it has no name.
    pub(crate) fn record(&self, object: &Value) -> Option<Arc<Seen>> {
        self.shared.take_in(object)
    }
}

/// Follows one type until the tracker is gone, or until the API server does not serve the type any more: whoever needs
/// it again begins anew. Somebody may have needed it just before that was known, so it begins anew by itself if the type
/// is back by now.
async fn follow(
    cluster: Cluster,
    shared: Weak<Shared>,
    applier: Applier,
    gvk: GroupVersionKind,
    listed: watch::Sender<bool>,
) {
    let mut events = cluster.watch(&gvk, Scope::Cluster, Selector::labels(applier.name_label()));
    loop {
        let event = events.next_while_served().await;
        let Some(shared) = shared.upgrade() else { return };
        match event {
            Some(Event::Applied(object)) => drop(shared.take_in(&object)),
            Some(Event::Deleted(object)) => {
                if let Some(reference) = ObjectRef::of(&object) {
                    shared.remove(reference, resource_version(&object));
                }
            }
            Some(Event::Restarted(objects)) => {
                let present: BTreeSet<ObjectRef> = objects.iter().filter_map(ObjectRef::of).collect();
                let known = shared.of_type(applier, &gvk);
                objects.iter().for_each(|object| drop(shared.take_in(object)));
                shared.remove_all(known.iter().filter(|seen| !present.contains(&seen.reference)));
                listed.send_replace(true);
            }
            None => {
                shared.lock().watches.remove(&(applier, gvk.clone()));
                shared.remove_all(shared.of_type(applier, &gvk).iter());
                if cluster.kind(&gvk).await.is_ok() {
                    drop(Tracker { cluster, shared }.watch_type(applier, &gvk));
                }
                return;
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change below is one map operation, so a panic elsewhere leaves the maps whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The objects of one type that belong to one kind of applier, or to nobody.
    fn of_type(&self, applier: Applier, gvk: &GroupVersionKind) -> Vec<Arc<Seen>> {
        let first = ObjectRef::new(gvk.clone(), "", "");
        let state = self.lock();
        let of_type = state.objects.range::<ObjectRef, _>(first..).take_while(|(reference, _)| reference.gvk == *gvk);
        let is_told_of = |known: &Known| known.owner.as_ref().is_none_or(|owner| owner.applier == applier);
        of_type.filter(|(_, known)| is_told_of(known)).filter_map(|(_, known)| known.seen.clone()).collect()
    }

    fn take_in(&self, object: &Value) -> Option<Arc<Seen>> {
        let reference = ObjectRef::of(object)?;
        let resource_version = resource_version(object);
        let held = self.lock().objects.get(&reference).and_then(|known| known.seen.clone());
        let reference = match held {
            Some(held) if held.resource_version == resource_version => return Some(held),
            Some(held) => held.reference.clone(),
            None => Arc::new(reference),
        };
        let seen = Arc::new(Seen { reference, resource_version, object: self.packing.pack(object) });
        let told = self.lock().put(&seen, Owner::of(object).as_ref().map(Subject::from));
        told.iter().for_each(|subscription| subscription.saw(&seen.reference, resource_version, Some(object)));
        Some(seen)
    }

    /// Marks an object as deleted at `resource_version`, unless it was recreated since.
    fn remove(&self, reference: ObjectRef, resource_version: u64) {
        let reference = Arc::new(reference);
        // Told without the lock: who hears of it has a lock of its own, under which it asks the tracker.
        let told = self.lock().bury(&reference, resource_version);
        if let Some(subscription) = told {
            subscription.saw(&reference, resource_version, None);
        }
    }

    fn remove_all<'a>(&self, objects: impl Iterator<Item = &'a Arc<Seen>>) {
        objects.for_each(|seen| self.remove((*seen.reference).clone(), seen.resource_version));
    }
}

impl State {
    /// Puts an object's state in the place of an older one. Returns who is to be told.
    fn put(&mut self, seen: &Arc<Seen>, owner: Option<Subject>) -> Vec<Arc<Subscription>> {
        let resource_version = seen.resource_version;
        if self.objects.get(&seen.reference).is_some_and(|known| known.resource_version >= resource_version) {
            return Vec::new();
        }
        // The same text as everywhere else.
        let owner = owner.map(|owner| self.subscriptions.get_key_value(&owner).map_or(owner, |(key, _)| key.clone()));
        let known = Known { resource_version, owner: owner.clone(), seen: Some(seen.clone()) };
        let previous = self.objects.insert(seen.reference.clone(), known);
        let told: BTreeSet<Subject> = previous.and_then(|known| known.owner).into_iter().chain(owner).collect();
        told.iter().filter_map(|key| self.subscriptions.get(key).cloned()).collect()
    }

    /// Marks an object as deleted. Returns who is to be told.
    fn bury(&mut self, reference: &Arc<ObjectRef>, resource_version: u64) -> Option<Arc<Subscription>> {
        self.tombstones += 1;
        if self.tombstones > MAX_TOMBSTONES {
            self.objects.retain(|_, known| known.seen.is_some());
            self.tombstones = 1;
        }
        let tombstone = Known { resource_version, owner: None, seen: None };
        let owner = match self.objects.get_mut(reference) {
            Some(known) if known.resource_version > resource_version => return None,
            Some(known) => std::mem::replace(known, tombstone).owner,
            None => {
                self.objects.insert(reference.clone(), tombstone);
                return None;
            }
        };
        self.subscriptions.get(&owner?).cloned()
    }
}

/// Resource versions of one type are ordered numbers (Kubernetes guarantees it since 1.35, and etcd always did).
pub(crate) fn resource_version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use kube::client::Body;
    use plan::health::Rules;
    use serde_json::json;

    use super::*;
    use crate::mailbox::{Mailbox, Trigger};
    use crate::{AssumedKinds, Key};

    /// A tracker whose API server is never asked.
    fn tracker() -> Tracker {
        let unreachable = tower::service_fn(|_: Request<Body>| async {
            Err::<Response<Body>, _>(std::io::Error::other("no server"))
        });
        Tracker::new(Cluster::new(kube::Client::new(unreachable, "default")))
    }

    fn subscription(mailbox: &Mailbox) -> Arc<Subscription> {
        let subject = Subject { applier: Applier::Kustomization, key: Key::new("flux-system", "apps") };
        Arc::new(Subscription::new(subject, mailbox.clone(), AssumedKinds::default()))
    }

    fn config_map(version: u64, value: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": "web", "namespace": "ns", "resourceVersion": version.to_string(),
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "apps",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                },
                "managedFields": [{
                    "manager": Applier::Kustomization.manager(), "operation": "Apply", "apiVersion": "v1",
                    "fieldsV1": {"f:data": {"f:value": {}}},
                }],
            },
            "data": {"value": value},
        })
    }

    fn reference() -> ObjectRef {
        ObjectRef::of(&config_map(1, "1")).unwrap()
    }

    #[tokio::test]
    async fn the_newest_state_is_kept_once_whoever_brings_it() {
        let tracker = tracker();
        let written = tracker.record(&config_map(5, "1")).unwrap();
        let seen = tracker.record(&config_map(5, "1")).unwrap();
        assert!(Arc::ptr_eq(&written, &seen));
        let late = tracker.record(&config_map(4, "0")).unwrap();
        assert_eq!(late.object.value()["data"]["value"], "0", "who brings it gets it back");
        assert_eq!(tracker.live(&reference()), Some(config_map(5, "1")));
    }

    #[tokio::test]
    async fn an_answer_to_an_older_request_brings_nothing_back() {
        let tracker = tracker();
        tracker.record(&config_map(5, "1"));
        tracker.shared.remove(reference(), 7);
        tracker.record(&config_map(6, "1"));
        assert_eq!(tracker.live(&reference()), None);
        tracker.record(&config_map(8, "2"));
        tracker.shared.remove(reference(), 7);
        assert_eq!(tracker.live(&reference()), Some(config_map(8, "2")), "it was made anew since");
    }

    #[tokio::test]
    async fn who_took_anothers_place_goes_on_hearing() {
        let tracker = tracker();
        let (former, latter) = (Mailbox::default(), Mailbox::default());
        let (former, heir) = (subscription(&former), subscription(&latter));
        tracker.subscribe(former.clone());
        tracker.subscribe(heir.clone());
        tracker.unsubscribe(&former);
        let applied = tracker.record(&config_map(5, "1")).unwrap();
        heir.expect(applied, &config_map(5, "1"));
        tracker.record(&config_map(6, "2"));
        assert!(latter.holds(|trigger| matches!(trigger, Trigger::Drifted(_))));
        tracker.unsubscribe(&heir);
        assert!(tracker.shared.lock().subscriptions.is_empty());
    }

    /// Where the tracker told under its lock, two threads waited for each other here, mostly within the first rounds.
    #[tokio::test]
    async fn who_is_told_may_ask_the_tracker_meanwhile() {
        let tracker = tracker();
        let subscription = subscription(&Mailbox::default());
        tracker.subscribe(subscription.clone());
        let (done, ended) = std::sync::mpsc::channel();
        let rounds = 1..5000_u64;
        let (telling, told) = (tracker.clone(), done.clone());
        let versions = rounds.clone();
        std::thread::spawn(move || {
            for version in versions {
                telling.record(&config_map(2 * version, "1"));
                telling.shared.remove(reference(), 2 * version + 1);
            }
            told.send("telling").unwrap();
        });
        std::thread::spawn(move || {
            for _ in rounds {
                subscription.await_health(
                    &tracker,
                    BTreeSet::from([reference()]),
                    BTreeSet::new(),
                    Rules::Flux(Arc::default()),
                );
            }
            done.send("asking").unwrap();
        });
        let patience = Duration::from_secs(60);
        let both = BTreeSet::from([ended.recv_timeout(patience).unwrap(), ended.recv_timeout(patience).unwrap()]);
        assert_eq!(both, BTreeSet::from(["asking", "telling"]));
    }
}
