//! One kind's objects as last seen, with the lookups controllers need.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::value::RawValue;
use tokio::sync::watch;

use super::{Form, Head, Key, Kind, Owner, Watched};

/// What happened to one object: at least one side is there.
pub(crate) struct Change<'a, K: Watched> {
    pub(crate) key: &'a Key,
    pub(crate) old: Option<&'a K::Form>,
    pub(crate) new: Option<&'a K::Form>,
    /// Its controllers before and after, each once.
    owners: Vec<&'a Owner>,
}

impl<K: Watched> Change<'_, K> {
    /// The object after the change, or before it when it is gone.
    pub(crate) fn latest(&self) -> Option<&K::Form> {
        self.new.or(self.old)
    }

    /// Both sides, the old one first.
    pub(crate) fn sides(&self) -> impl Iterator<Item = &K::Form> {
        self.old.into_iter().chain(self.new)
    }

    /// The controllers of kind `O` that the object had before and after.
    pub(crate) fn controllers<O: Watched>(&self) -> impl Iterator<Item = (&Owner, Key)> {
        let of_kind = self.owners.iter().filter(|owner| owner.kind == Some(O::KIND));
        of_kind.map(|owner| (*owner, Key::new(self.key.namespace.clone(), owner.name.clone())))
    }
}

type Subscriber<K> = Box<dyn Fn(&Change<'_, K>) + Send + Sync>;

/// The shared cache of one kind.
///
/// It is fed by its watch and by the answers to our own writes, so a controller always sees what it wrote itself and
/// needs no bookkeeping of expected events.
pub(crate) struct Store<K: Watched> {
    inner: RwLock<Inner<K>>,
    subscribers: RwLock<Vec<Subscriber<K>>>,
    synced: watch::Sender<bool>,
}

struct Inner<K: Watched> {
    objects: BTreeMap<Key, Held<K>>,
    /// Keys by the uid of their controller, in order.
    by_owner: HashMap<Arc<str>, Vec<Key>>,
    by_namespace: HashMap<Arc<str>, usize>,
    /// The resource version up to which the watch has told everything.
    seen: u64,
}

/// One object of the cache.
struct Held<K: Watched> {
    version: u64,
    owner: Option<Box<Owner>>,
    form: K::Form,
}

impl<K: Watched> Store<K> {
    /// An empty cache whose first list is still to come.
    pub(crate) fn new() -> Self {
        let inner = Inner { objects: BTreeMap::new(), by_owner: HashMap::new(), by_namespace: HashMap::new(), seen: 0 };
        Self { inner: RwLock::new(inner), subscribers: RwLock::default(), synced: watch::Sender::new(false) }
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
        // Opened after the lock is released.
        let form = self.read().objects.get(key).map(|held| held.form.clone());
        form.map(|form| form.open())
    }

    /// Whether an object exists.
    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.read().objects.contains_key(key)
    }

    /// The controller of an object.
    pub(crate) fn controller_of(&self, key: &Key) -> Option<Owner> {
        self.read().objects.get(key)?.owner.as_deref().cloned()
    }

    /// What `pick` finds in each object, by namespace and name.
    pub(crate) fn pick<T>(&self, mut pick: impl FnMut(&Key, &K::Form) -> Option<T>) -> Vec<T> {
        self.read().objects.iter().filter_map(|(key, held)| pick(key, &held.form)).collect()
    }

    /// What `pick` finds in each object of a namespace, by name.
    pub(crate) fn pick_in<T>(&self, namespace: &str, mut pick: impl FnMut(&Key, &K::Form) -> Option<T>) -> Vec<T> {
        let inner = self.read();
        let from = Key::new(namespace, "");
        let there = inner.objects.range(from..).take_while(|(key, _)| *key.namespace == *namespace);
        there.filter_map(|(key, held)| pick(key, &held.form)).collect()
    }

    /// Every object, by namespace and name.
    pub(crate) fn all(&self) -> Vec<Arc<K>> {
        self.pick(|_, form| Some(form.open()))
    }

    /// How many objects a namespace has.
    pub(crate) fn count_in_namespace(&self, namespace: &str) -> usize {
        self.read().by_namespace.get(namespace).copied().unwrap_or(0)
    }

    /// The objects whose controller has this uid, by namespace and name.
    pub(crate) fn controlled_by(&self, uid: &str) -> Vec<Arc<K>> {
        // Opened after the lock is released.
        let forms: Vec<K::Form> = {
            let inner = self.read();
            let keys = inner.by_owner.get(uid).into_iter().flatten();
            keys.filter_map(|key| inner.objects.get(key)).map(|held| held.form.clone()).collect()
        };
        forms.iter().map(Form::open).collect()
    }

    /// How many objects have the controller with this uid.
    pub(crate) fn count_controlled_by(&self, uid: &str) -> usize {
        self.read().by_owner.get(uid).map_or(0, Vec::len)
    }

    /// Takes an object, if that is news.
    fn take(&self, head: &Head<'_>, json: &str, source: Source<'_>) {
        let (key, version) = (head.key(), head.version());
        if !self.read().is_news(&key, Some(version), source) {
            if let Source::Watch(seen) = source {
                self.bookmark(seen);
            }
            return;
        }
        let form = serde_json::from_str(json).and_then(|mut object: K| {
            object.trim();
            K::Form::hold(object)
        });
        match form {
            Ok(form) => {
                let held = Held { version, owner: head.controller().map(Box::new), form };
                self.set(&key, Some(held), source);
            }
            // Told again it would read no better, and the others of its kind must not wait for it.
            Err(error) => {
                tracing::warn!(kind = %K::KIND, %key, %error, "an object cannot be read; going on without it")
            }
        }
    }

    fn set(&self, key: &Key, held: Option<Held<K>>, source: Source<'_>) {
        let new = held.as_ref().map(|held| (held.form.clone(), held.owner.clone()));
        let old = {
            let mut inner = self.write();
            let is_news = inner.is_news(key, held.as_ref().map(|held| held.version), source);
            if let Source::Watch(seen) = source {
                inner.seen = inner.seen.max(seen);
            }
            if !is_news {
                return;
            }
            inner.put(key, held)
        };
        if old.is_none() && new.is_none() {
            return;
        }
        let before = old.as_ref().and_then(|held| held.owner.as_deref());
        let after = new.as_ref().and_then(|(_, owner)| owner.as_deref());
        let change = Change {
            key,
            old: old.as_ref().map(|held| &held.form),
            new: new.as_ref().map(|(form, _)| form),
            owners: before.into_iter().filter(|owner| Some(*owner) != after).chain(after).collect(),
        };
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
    /// Whether `source` tells of a state of `key` that is not known yet; `version` is `None` when the object has gone.
    fn is_news(&self, key: &Key, version: Option<u64>, source: Source<'_>) -> bool {
        let known = self.objects.get(key);
        let known_version = known.map_or(0, |held| held.version);
        match source {
            // An answer to our own write may have been quicker. A version of 0 cannot be compared.
            Source::Watch(seen) => match version {
                Some(version) => version > known_version || version == 0,
                None => seen >= known_version,
            },
            // The watch may have told this already, or something newer.
            Source::Answer => version.is_some_and(|version| version > self.seen && version > known_version),
            // Another object may have the name by now.
            Source::Ended(uid) => known.is_some_and(|held| held.form.open().meta().uid.as_deref() == Some(uid)),
        }
    }

    /// Puts or removes an object and keeps the indexes true; returns what stood there.
    fn put(&mut self, key: &Key, held: Option<Held<K>>) -> Option<Held<K>> {
        let owner = held.as_ref().and_then(|held| held.owner.as_ref()).map(|owner| owner.uid.clone());
        let is_there = held.is_some();
        let key = self.shared(key);
        let old = match held {
            Some(held) => self.objects.insert(key.clone(), held),
            None => self.objects.remove(&key),
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
        let old_owner = old.as_ref().and_then(|held| held.owner.as_ref()).map(|owner| &owner.uid);
        if old_owner == owner.as_ref() {
            return old;
        }
        if let Some(uid) = old_owner
            && let Some(keys) = self.by_owner.get_mut(uid)
        {
            if let Ok(place) = keys.binary_search(&key) {
                keys.remove(place);
            }
            if keys.is_empty() {
                self.by_owner.remove(uid);
            }
        }
        if let Some(uid) = owner {
            // Most owners have one.
            let keys = self.by_owner.entry(uid).or_insert_with(|| Vec::with_capacity(1));
            if let Err(place) = keys.binary_search(&key) {
                keys.insert(place, key);
            }
        }
        old
    }

    /// `key`, in the text of the one that is there already.
    fn shared(&self, key: &Key) -> Key {
        if let Some((known, _)) = self.objects.get_key_value(key) {
            return known.clone();
        }
        let namespace = self.by_namespace.get_key_value(&key.namespace).map_or(&key.namespace, |(known, _)| known);
        Key::new(namespace.clone(), key.name.clone())
    }
}

/// How the cache learns of a state.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// From the watch, which has told everything up to this resource version.
    Watch(u64),
    /// From the answer to one of our own writes.
    Answer,
    /// From the answer to our own delete of the object with this uid.
    Ended(&'a str),
}

/// A cache whose kind is known to itself only: how it is fed.
pub(crate) trait Cache: Send + Sync {
    /// The kind of its objects.
    fn kind(&self) -> Kind;

    /// Takes a whole list, as it was at resource version `version`.
    fn replace(&self, items: &[&RawValue], version: u64);

    /// Takes a changed object from the watch.
    fn observe(&self, head: &Head<'_>, json: &str);

    /// Takes an object's end from the watch.
    fn observe_deleted(&self, head: &Head<'_>);

    /// Notes that the watch has told everything up to `version`.
    fn bookmark(&self, version: u64);

    /// Takes the object a write was answered with.
    fn absorb(&self, json: &str);

    /// Takes the end of the object with this uid that a delete was answered with.
    fn forget(&self, key: &Key, uid: &str);
}

impl<K: Watched> Cache for Store<K> {
    fn kind(&self) -> Kind {
        K::KIND
    }

    fn replace(&self, items: &[&RawValue], version: u64) {
        let items = items.iter().filter_map(|item| Some((Head::of_kind(K::KIND, item.get())?, item.get())));
        let items: Vec<(Head<'_>, &str)> = items.collect();
        let fresh: BTreeSet<Key> = items.iter().map(|(head, _)| head.key()).collect();
        for key in self.pick(|key, _| (!fresh.contains(key)).then(|| key.clone())) {
            self.set(&key, None, Source::Watch(version));
        }
        for (head, json) in items {
            self.take(&head, json, Source::Watch(version));
        }
        self.write().seen = version;
        self.synced.send_replace(true);
    }

    fn observe(&self, head: &Head<'_>, json: &str) {
        self.take(head, json, Source::Watch(head.version()));
    }

    fn observe_deleted(&self, head: &Head<'_>) {
        self.set(&head.key(), None, Source::Watch(head.version()));
    }

    fn bookmark(&self, version: u64) {
        let mut inner = self.write();
        inner.seen = inner.seen.max(version);
    }

    fn absorb(&self, json: &str) {
        if let Some(head) = Head::of_kind(K::KIND, json) {
            self.take(&head, json, Source::Answer);
        }
    }

    fn forget(&self, key: &Key, uid: &str) {
        self.set(key, None, Source::Ended(uid));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    use super::*;

    /// An object as JSON.
    fn object(name: &str, uid: &str, version: u64) -> String {
        let metadata = json!({"namespace": "ns", "name": name, "uid": uid, "resourceVersion": version.to_string()});
        json!({ "metadata": metadata }).to_string()
    }

    fn controlled(name: &str, version: u64, owner: &str) -> String {
        json!({ "metadata": {
            "namespace": "ns", "name": name, "resourceVersion": version.to_string(),
            "ownerReferences": [
                { "apiVersion": "v1", "kind": "Node", "name": "other", "uid": "other" },
                { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": owner, "controller": true },
            ],
        }})
        .to_string()
    }

    /// An empty cache, and what its subscribers hear: `-old +new` by uid and version.
    fn heard() -> (Store<ConfigMap>, Arc<Mutex<Vec<String>>>) {
        let (store, heard) = (Store::new(), Arc::new(Mutex::new(Vec::new())));
        let notes = heard.clone();
        store.subscribe(move |change: &Change<'_, ConfigMap>| {
            let side = |sign: char, object: Option<&<ConfigMap as Watched>::Form>| {
                let meta = object?.open().metadata.clone();
                Some(format!("{sign}{}@{}", meta.uid.unwrap_or_default(), meta.resource_version.unwrap_or_default()))
            };
            let sides: Vec<String> = side('-', change.old).into_iter().chain(side('+', change.new)).collect();
            notes.lock().unwrap().push(sides.join(" "));
        });
        (store, heard)
    }

    fn observe(store: &Store<ConfigMap>, json: String) {
        store.observe(&Head::of_kind(Kind::ConfigMap, &json).unwrap(), &json);
    }

    fn observe_deleted(store: &Store<ConfigMap>, json: String) {
        store.observe_deleted(&Head::of_kind(Kind::ConfigMap, &json).unwrap());
    }

    fn replace(store: &Store<ConfigMap>, items: &[String], version: u64) {
        let items: Vec<&RawValue> = items.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
        store.replace(&items, version);
    }

    #[test]
    fn answers_and_watch_agree_whoever_comes_first() {
        let (store, heard) = heard();
        store.absorb(&object("a", "one", 5));
        observe(&store, object("a", "one", 5));
        observe(&store, object("a", "one", 4));
        observe(&store, object("a", "one", 7));
        store.absorb(&object("a", "one", 6));
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5 +one@7"]);
    }

    #[test]
    fn an_answer_does_not_bring_back_what_the_watch_saw_go() {
        let (store, heard) = heard();
        observe(&store, object("a", "one", 5));
        observe_deleted(&store, object("a", "one", 8));
        store.absorb(&object("a", "one", 7));
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5"]);
        assert_eq!(store.count_in_namespace("ns"), 0);
    }

    #[test]
    fn the_end_of_one_object_is_not_that_of_its_successor() {
        let (store, heard) = heard();
        let key = Key::new("ns", "a");
        observe(&store, object("a", "one", 5));
        observe_deleted(&store, object("a", "one", 6));
        observe(&store, object("a", "two", 7));
        store.forget(&key, "one");
        assert!(store.contains(&key));
        store.forget(&key, "two");
        assert_eq!(*heard.lock().unwrap(), ["+one@5", "-one@5", "+two@7", "-two@7"]);
    }

    #[test]
    fn a_new_list_tells_what_went_in_the_gap() {
        let (store, heard) = heard();
        replace(&store, &[object("a", "one", 2), object("b", "two", 3)], 4);
        store.absorb(&object("c", "three", 9));
        replace(&store, &[object("b", "two", 6)], 8);
        assert_eq!(*heard.lock().unwrap(), ["+one@2", "+two@3", "+three@9", "-one@2", "-two@3 +two@6"]);
        assert_eq!(store.count_in_namespace("ns"), 2);
    }

    #[test]
    fn what_a_controller_owns_is_found_by_its_uid_and_told_to_it() {
        use k8s_openapi::api::apps::v1::ReplicaSet;
        use kube::ResourceExt;

        let store: Store<ConfigMap> = Store::new();
        let told = Arc::new(Mutex::new(Vec::new()));
        let notes = told.clone();
        store.subscribe(move |change| {
            let owners: Vec<String> = change.controllers::<ReplicaSet>().map(|(_, key)| key.to_string()).collect();
            notes.lock().unwrap().push(owners.join(" "));
        });
        let owned =
            |uid: &str| -> Vec<String> { store.controlled_by(uid).iter().map(|found| found.name_any()).collect() };
        for (name, version) in [("c", 1), ("a", 2), ("b", 3)] {
            observe(&store, controlled(name, version, "first"));
        }
        assert_eq!((owned("first"), owned("other")), (vec!["a".into(), "b".into(), "c".into()], vec![]));
        observe(&store, controlled("b", 4, "second"));
        assert_eq!((owned("first"), owned("second")), (vec!["a".into(), "c".into()], vec!["b".into()]));
        observe_deleted(&store, controlled("b", 5, "second"));
        assert_eq!((store.count_controlled_by("first"), store.count_controlled_by("second")), (2, 0));
        assert_eq!(*told.lock().unwrap(), ["ns/first", "ns/first", "ns/first", "ns/first ns/second", "ns/second"]);
    }
}
