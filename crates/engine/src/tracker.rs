//! The live state of everything that was applied, kept by watches.
//!
//! One watch per type follows the objects that carry an owner label. From it come, without a request: what an object
//! looks like now, whether it drifted from what was applied, and whether it is healthy. Objects are kept as JSON text,
//! so that memory follows their size on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Scope, Selector};
use futures::future::join_all;
use manifest::{GroupVersionKind, Value};
use plan::labels::{OWNER_NAME, Owner};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Key;
use crate::subscription::Subscription;

/// The shared view on live objects.
#[derive(Clone)]
pub(crate) struct Tracker {
    cluster: Cluster,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    watches: BTreeMap<GroupVersionKind, TypeWatch>,
    objects: BTreeMap<ObjectRef, Seen>,
    subscriptions: BTreeMap<Key, Arc<Subscription>>,
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

/// An object as it was last seen.
struct Seen {
    resource_version: u64,
    owner: Option<Key>,
    /// None once it was deleted: an answer to an older request must not bring it back.
    json: Option<Box<str>>,
}

/// How long a run waits for the first list of a type; the watch goes on trying meanwhile.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many deleted objects are remembered. Only those of the last moments matter.
const MAX_TOMBSTONES: usize = 1024;

impl Tracker {
    pub(crate) fn new(cluster: Cluster) -> Tracker {
        Tracker { cluster, state: Arc::default() }
    }

    /// Makes `subscription` hear of the objects that are labelled as its Kustomization's.
    pub(crate) fn subscribe(&self, subscription: Arc<Subscription>) {
        self.lock().subscriptions.insert(subscription.key().clone(), subscription);
    }

    /// Ends what [`Tracker::subscribe`] began.
    pub(crate) fn unsubscribe(&self, key: &Key) {
        self.lock().subscriptions.remove(key);
    }

    /// Watches these types and waits until each was listed once. Types that are not served are returned; they are
    /// tried again the next time.
    pub(crate) async fn ensure(
        &self,
        types: &BTreeSet<GroupVersionKind>,
    ) -> Result<BTreeSet<GroupVersionKind>, ClusterError> {
        let outcomes = join_all(types.iter().map(|gvk| self.ensure_one(gvk))).await;
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

    async fn ensure_one(&self, gvk: &GroupVersionKind) -> Result<(), ClusterError> {
        if !self.lock().watches.contains_key(gvk) {
            let kind = self.cluster.kind(gvk).await?;
            if !kind.verbs.iter().any(|verb| verb == "watch") {
                // Reviews and the like: applied once, never to be seen again.
                return Ok(());
            }
        }
        let mut listed = self.watch_type(gvk);
        // The task that sends lives as long as the tracker, so an error inside means that the engine is shutting down.
        match tokio::time::timeout(LIST_TIMEOUT, listed.wait_for(|listed| *listed)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(ClusterError::Unreachable {
                message: format!(
                    "{gvk} was not listed within {LIST_TIMEOUT:?}; look whether listing and watching it is allowed, and \
                     whether its conversion webhook answers"
                ),
            }),
        }
    }

    /// The watch of a type, begun if there is none.
    fn watch_type(&self, gvk: &GroupVersionKind) -> watch::Receiver<bool> {
        let mut state = self.lock();
        if let Some(watch) = state.watches.get(gvk) {
            return watch.listed.clone();
        }
        let (sender, listed) = watch::channel(false);
        let task = tokio::spawn(follow(self.cluster.clone(), Arc::downgrade(&self.state), gvk.clone(), sender));
        state.watches.insert(gvk.clone(), TypeWatch { listed: listed.clone(), task });
        listed
    }

    /// The object as it was last seen; none if it does not exist or carries no owner label.
    pub(crate) fn live(&self, object: &ObjectRef) -> Option<Value> {
        self.lock().objects.get(object).and_then(|seen| seen.json.as_deref()).map(parse)
    }

    /// Takes in an object that was just read or written, ahead of its watch event.
    pub(crate) fn record(&self, object: &Value) {
        apply_event(&self.state, object);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Every change below is one map operation, so a panic elsewhere leaves the maps whole.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows one type until the tracker is gone.
async fn follow(
    cluster: Cluster,
    state: std::sync::Weak<Mutex<State>>,
    gvk: GroupVersionKind,
    listed: watch::Sender<bool>,
) {
    let mut events = cluster.watch(&gvk, Scope::Cluster, Selector::labels(OWNER_NAME));
    loop {
        let event = events.next().await;
        let Some(state) = state.upgrade() else { return };
        match event {
            Event::Applied(object) => apply_event(&state, &object),
            Event::Deleted(object) => delete_event(&state, &object),
            Event::Restarted(objects) => {
                let present: BTreeSet<ObjectRef> = objects.iter().filter_map(ObjectRef::of).collect();
                let gone: Vec<(ObjectRef, u64)> = {
                    let state = lock(&state);
                    let known = state.objects.iter().filter(|(key, seen)| key.gvk == gvk && seen.json.is_some());
                    let gone = known.filter(|(key, _)| !present.contains(key));
                    gone.map(|(key, seen)| (key.clone(), seen.resource_version)).collect()
                };
                objects.iter().for_each(|object| apply_event(&state, object));
                gone.iter().for_each(|(object, resource_version)| remove(&state, object, *resource_version));
                listed.send_replace(true);
            }
        }
    }
}

fn apply_event(state: &Mutex<State>, object: &Value) {
    let Some(reference) = ObjectRef::of(object) else { return };
    let owner = Owner::of(object).map(|owner| Key::new(owner.namespace, owner.name));
    let resource_version = resource_version(object);
    let mut state = lock(state);
    if state.objects.get(&reference).is_some_and(|seen| seen.resource_version >= resource_version) {
        return;
    }
    let previous = state.objects.insert(
        reference.clone(),
        Seen { resource_version, owner: owner.clone(), json: Some(object.to_string().into_boxed_str()) },
    );
    let told: BTreeSet<Key> = previous.and_then(|seen| seen.owner).into_iter().chain(owner).collect();
    let told: Vec<Arc<Subscription>> = told.iter().filter_map(|key| state.subscriptions.get(key).cloned()).collect();
    drop(state);
    told.iter().for_each(|subscription| subscription.saw(&reference, Some(object)));
}

fn delete_event(state: &Mutex<State>, object: &Value) {
    if let Some(reference) = ObjectRef::of(object) {
        remove(state, &reference, resource_version(object));
    }
}

/// Marks an object as deleted at `resource_version`, unless it was recreated since.
fn remove(state: &Mutex<State>, reference: &ObjectRef, resource_version: u64) {
    let mut state = lock(state);
    state.tombstones += 1;
    if state.tombstones > MAX_TOMBSTONES {
        state.objects.retain(|_, seen| seen.json.is_some());
        state.tombstones = 1;
    }
    let tombstone = Seen { resource_version, owner: None, json: None };
    let owner = match state.objects.get_mut(reference) {
        Some(seen) if seen.resource_version > resource_version => return,
        Some(seen) => std::mem::replace(seen, tombstone).owner,
        None => {
            state.objects.insert(reference.clone(), tombstone);
            return;
        }
    };
    let told = owner.and_then(|owner| state.subscriptions.get(&owner).cloned());
    drop(state);
    if let Some(subscription) = told {
        subscription.saw(reference, None);
    }
}

/// Resource versions of one type are ordered numbers (Kubernetes guarantees it since 1.35, and etcd always did).
pub(crate) fn resource_version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| unreachable!("it was printed from a JSON value"))
}
