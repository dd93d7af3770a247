//! One kind's objects as last seen, with the lookups controllers need.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::Value;
use tokio::sync::watch;

use super::Watched;

/// Namespace and name; the namespace of a cluster-wide object is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    /// A key from its parts.
    pub(crate) fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a cluster-wide object.
    pub(crate) fn cluster(name: impl Into<String>) -> Self {
        Self::new("", name)
    }

    /// The key of `object`.
    pub(crate) fn of(object: &impl kube::Resource) -> Self {
        let meta = object.meta();
        Self::new(meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}

/// What happened to one object: at least one side is there.
pub(crate) struct Change<'a, K> {
    pub(crate) old: Option<&'a Arc<K>>,
    pub(crate) new: Option<&'a Arc<K>>,
}

impl<K> Change<'_, K> {
    /// The object after the change, or before it when it is gone.
    pub(crate) fn latest(&self) -> Option<&K> {
        self.new.or(self.old).map(|object| &**object)
    }

    /// Both sides, the old one first.
    pub(crate) fn sides(&self) -> impl Iterator<Item = &K> {
        self.old.into_iter().chain(self.new).map(|object| &**object)
    }
}

type Subscriber<K> = Box<dyn Fn(&Change<'_, K>) + Send + Sync>;

/// The shared cache of one kind.
///
/// It is fed by its watch and by the answers to our own writes, so a controller always sees what it wrote itself and
/// needs no bookkeeping of expected events.
pub(crate) struct Store<K> {
    inner: RwLock<Inner<K>>,
    subscribers: RwLock<Vec<Subscriber<K>>>,
    synced: watch::Sender<bool>,
}

struct Inner<K> {
    objects: BTreeMap<Key, Arc<K>>,
    by_owner: HashMap<String, BTreeSet<Key>>,
    by_namespace: HashMap<String, usize>,
    /// The resource version up to which the watch has told everything.
    seen: u64,
}

impl<K> Default for Inner<K> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), by_owner: HashMap::new(), by_namespace: HashMap::new(), seen: 0 }
    }
}

impl<K: Watched> Store<K> {
    /// An empty cache whose first list is still to come.
    pub(crate) fn new() -> Self {
        Self { inner: RwLock::default(), subscribers: RwLock::default(), synced: watch::Sender::new(false) }
    }

    /// Tells `subscriber` of every change from now on.
    pub(crate) fn subscribe(&self, subscriber: impl Fn(&Change<'_, K>) + Send + Sync + 'static) {
        self.subscribers.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(subscriber));
    }

    /// Returns once the first list has arrived.
    pub(crate) async fn synced(&self) {
        // The sender lives as long as `self`, so the only way out is the value itself.
        let _ = self.synced.subscribe().wait_for(|synced| *synced).await;
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.read().objects.get(key).cloned()
    }

    /// Whether an object exists.
    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.read().objects.contains_key(key)
    }

    /// Every object, by namespace and name.
    pub(crate) fn all(&self) -> Vec<Arc<K>> {
        self.read().objects.values().cloned().collect()
    }

    /// Every object of a namespace, by name.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Vec<Arc<K>> {
        let inner = self.read();
        let from = Key::new(namespace, "");
        inner.objects.range(from..).take_while(|(key, _)| key.namespace == namespace).map(|(_, o)| o.clone()).collect()
    }

    /// How many objects a namespace has.
    pub(crate) fn count_in_namespace(&self, namespace: &str) -> usize {
        self.read().by_namespace.get(namespace).copied().unwrap_or(0)
    }

    /// The objects whose controller has this uid, by namespace and name.
    pub(crate) fn controlled_by(&self, uid: &str) -> Vec<Arc<K>> {
        let inner = self.read();
        let keys = inner.by_owner.get(uid).into_iter().flatten();
        keys.filter_map(|key| inner.objects.get(key).cloned()).collect()
    }

    /// How many objects have the controller with this uid.
    pub(crate) fn count_controlled_by(&self, uid: &str) -> usize {
        self.read().by_owner.get(uid).map_or(0, BTreeSet::len)
    }

    /// Takes a whole list, as it was at resource version `version`.
    pub(crate) fn replace(&self, items: Vec<K>, version: u64) {
        let fresh: BTreeSet<Key> = items.iter().map(|item| Key::of(item)).collect();
        let gone: Vec<Key> = self.read().objects.keys().filter(|key| !fresh.contains(*key)).cloned().collect();
        for key in gone {
            self.set(key, None, Source::Watch(version));
        }
        for item in items {
            self.set(Key::of(&item), Some(item), Source::Watch(version));
        }
        self.write().seen = version;
        self.synced.send_replace(true);
    }

    /// Takes a changed object from the watch.
    pub(crate) fn observe(&self, object: K) {
        let version = version_of(&object);
        self.set(Key::of(&object), Some(object), Source::Watch(version));
    }

    /// Takes an object's end from the watch.
    pub(crate) fn observe_deleted(&self, object: &K) {
        self.set(Key::of(object), None, Source::Watch(version_of(object)));
    }

    /// Notes that the watch has told everything up to `version`.
    pub(crate) fn bookmark(&self, version: u64) {
        let mut inner = self.write();
        inner.seen = inner.seen.max(version);
    }

    fn set(&self, key: Key, object: Option<K>, source: Source<'_>) {
        let object = object.map(|mut object| {
            object.trim();
            Arc::new(object)
        });
        let old = {
            let mut inner = self.write();
            let known = inner.objects.get(&key).map_or(0, |object| version_of(&**object));
            let version = object.as_ref().map(|object| version_of(&**object));
            match source {
                // The watch has told this already, or something newer.
                Source::Answer if version.is_some_and(|version| version <= inner.seen || version <= known) => return,
                // An answer to our own write was quicker.
                Source::Watch(seen) if version.unwrap_or(seen) < known => return,
                Source::Watch(seen) => inner.seen = inner.seen.max(seen),
                // Another object has the name by now.
                Source::Ended(uid) if !inner.has_uid(&key, uid) => return,
                Source::Answer | Source::Ended(_) => {}
            }
            if version.is_some_and(|version| version == known && version != 0) {
                return;
            }
            inner.put(&key, object.clone())
        };
        if old.is_none() && object.is_none() {
            return;
        }
        let change = Change { old: old.as_ref(), new: object.as_ref() };
        for subscriber in self.subscribers.read().unwrap_or_else(PoisonError::into_inner).iter() {
            subscriber(&change);
        }
    }

    // The lock guards plain maps that are valid after any panic, so a poisoned one is used as it is.
    fn read(&self) -> RwLockReadGuard<'_, Inner<K>> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner<K>> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Watched> Inner<K> {
    fn has_uid(&self, key: &Key, uid: &str) -> bool {
        self.objects.get(key).is_some_and(|object| object.meta().uid.as_deref() == Some(uid))
    }

    /// Puts or removes an object and keeps the owner index true; returns what stood there.
    fn put(&mut self, key: &Key, object: Option<Arc<K>>) -> Option<Arc<K>> {
        let owner = object.as_ref().and_then(|object| controller_uid(&**object)).map(str::to_owned);
        let is_there = object.is_some();
        let old = match object {
            Some(object) => self.objects.insert(key.clone(), object),
            None => self.objects.remove(key),
        };
        match (old.is_some(), is_there) {
            (false, true) => *self.by_namespace.entry(key.namespace.clone()).or_default() += 1,
            (true, false) => {
                if let Entry::Occupied(mut count) = self.by_namespace.entry(key.namespace.clone()) {
                    *count.get_mut() -= 1;
                    if *count.get() == 0 {
                        count.remove();
                    }
                }
            }
            (true, true) | (false, false) => {}
        }
        let old_owner = old.as_ref().and_then(|object| controller_uid(&**object));
        if let Some(uid) = old_owner.filter(|uid| Some(*uid) != owner.as_deref())
            && let Some(keys) = self.by_owner.get_mut(uid)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.by_owner.remove(uid);
            }
        }
        if let Some(uid) = owner {
            self.by_owner.entry(uid).or_default().insert(key.clone());
        }
        old
    }
}

/// How the cache learns of a state.
enum Source<'a> {
    /// From the watch, which has told everything up to this resource version.
    Watch(u64),
    /// From the answer to one of our own writes.
    Answer,
    /// From the answer to our own delete of the object with this uid.
    Ended(&'a str),
}

/// A cache that takes the answers to writes without knowing their type.
pub(crate) trait Absorb: Send + Sync {
    /// Takes the object a write was answered with.
    fn absorb(&self, answer: Value) -> Result<(), serde_json::Error>;
    /// Takes the end of the object with this uid that a delete was answered with.
    fn forget(&self, key: &Key, uid: &str);
}

impl<K: Watched> Absorb for Store<K> {
    fn absorb(&self, answer: Value) -> Result<(), serde_json::Error> {
        let object: K = serde_json::from_value(answer)?;
        self.set(Key::of(&object), Some(object), Source::Answer);
        Ok(())
    }

    fn forget(&self, key: &Key, uid: &str) {
        self.set(key.clone(), None, Source::Ended(uid));
    }
}

/// Uid of the owner that controls `object`.
pub(crate) fn controller_uid(object: &impl kube::Resource) -> Option<&str> {
    let owners = object.meta().owner_references.as_deref().unwrap_or_default();
    owners.iter().find(|owner| owner.controller == Some(true)).map(|owner| owner.uid.as_str())
}

/// The object's resource version as a number; 0 where it has none that can be compared.
fn version_of(object: &impl kube::Resource) -> u64 {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    use super::*;

    fn object(name: &str, uid: &str, version: u64) -> ConfigMap {
        let metadata = json!({"namespace": "ns", "name": name, "uid": uid, "resourceVersion": version.to_string()});
        serde_json::from_value(json!({ "metadata": metadata })).unwrap()
    }

    /// An empty cache, and what its subscribers hear: `-old +new` by uid and version.
    fn heard() -> (Store<ConfigMap>, Arc<Mutex<Vec<String>>>) {
        let (store, heard) = (Store::new(), Arc::new(Mutex::new(Vec::new())));
        let notes = heard.clone();
        store.subscribe(move |change| {
            let side = |sign: char, object: Option<&Arc<ConfigMap>>| {
                let object = object?;
                let uid = object.metadata.uid.clone().unwrap_or_default();
                Some(format!("{sign}{uid}@{}", version_of(&**object)))
            };
            let sides: Vec<String> = side('-', change.old).into_iter().chain(side('+', change.new)).collect();
            notes.lock().unwrap().push(sides.join(" "));
        });
        (store, heard)
    }

    fn answer(store: &Store<ConfigMap>, object: &ConfigMap) {
        store.absorb(serde_json::to_value(object).unwrap()).unwrap();
    }

    #[test]
    fn answers_and_watch_agree_whoever_comes_first() {
        let (store, heard) = heard();
        answer(&store, &object("a", "one", 5));
        store.observe(object("a", "one", 5));
        store.observe(object("a", "one", 4));
        store.observe(object("a", "one", 7));
        answer(&store, &object("a", "one", 6));
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5 +one@7"]);
    }

    #[test]
    fn an_answer_does_not_bring_back_what_the_watch_saw_go() {
        let (store, heard) = heard();
        store.observe(object("a", "one", 5));
        store.observe_deleted(&object("a", "one", 8));
        answer(&store, &object("a", "one", 7));
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5"]);
        assert_eq!(store.count_in_namespace("ns"), 0);
    }

    #[test]
    fn the_end_of_one_object_is_not_that_of_its_successor() {
        let (store, heard) = heard();
        let key = Key::new("ns", "a");
        store.observe(object("a", "one", 5));
        store.observe_deleted(&object("a", "one", 6));
        store.observe(object("a", "two", 7));
        store.forget(&key, "one");
        assert!(store.contains(&key));
        store.forget(&key, "two");
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5", "+two@7", "-two@7"]);
    }

    #[test]
    fn a_new_list_tells_what_went_in_the_gap() {
        let (store, heard) = heard();
        store.replace(vec![object("a", "one", 2), object("b", "two", 3)], 4);
        answer(&store, &object("c", "three", 9));
        store.replace(vec![object("b", "two", 6)], 8);
        assert_eq!(*heard.lock().unwrap(), ["+one@2", "+two@3", "+three@9", "-one@2", "-two@3 +two@6"]);
        assert_eq!(store.count_in_namespace("ns"), 2);
    }
}
