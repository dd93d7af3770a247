//! The Flux objects as they are now, kept by watches, with an index of who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use manifest::{GroupVersionKind, ObjectId, Value};
use plan::dependency::{self, Cycle};
use plan::labels::{Applier, Owner};

use crate::Key;
use crate::artifacts::SourceKey;
use crate::claims::{self, Claimed, Claims};
use crate::key::Subject;
use crate::links::Links;
use crate::packing::{PackedValue, Packing};
use crate::tracker::resource_version;

/// The shared view on Flux objects.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<RwLock<Contents>>);

#[derive(Default)]
struct Contents {
    packing: Packing,
    objects: BTreeMap<Kind, BTreeMap<Key, Entry>>,
    /// Who depends on an object; only objects of one kind depend on each other.
    dependents: BTreeMap<(Kind, Key), BTreeSet<Key>>,
    /// Who takes its files or its chart from a source.
    by_source: BTreeMap<Arc<SourceKey>, BTreeSet<(Kind, Key)>>,
    /// Which Kustomization lists which objects.
    claims: Claims,
}

/// One object.
struct Entry {
    uid: Box<str>,
    resource_version: u64,
    object: PackedValue,
    /// The objects of its kind that it depends on.
    depends_on: Box<[Key]>,
    /// What it takes its files or its chart from.
    sources: Box<[Arc<SourceKey>]>,
    /// The objects it lists, if it is a Kustomization.
    claimed: Claimed,
}

/// A kind that is reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    GitRepository,
    HelmRepository,
    HelmChart,
    OciRepository,
    Bucket,
    Kustomization,
    HelmRelease,
}

impl Kind {
    /// All of them: what others are made from comes first.
    pub(crate) const ALL: [Kind; 7] = [
        Kind::GitRepository,
        Kind::HelmRepository,
        Kind::OciRepository,
        Kind::Bucket,
        Kind::HelmChart,
        Kind::Kustomization,
        Kind::HelmRelease,
    ];

    /// The kind of an object, if it is one that is reconciled.
    pub(crate) fn of(gvk: &GroupVersionKind) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| gvk.kind == kind.name() && gvk.group == kind.group())
    }

    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::GitRepository => "GitRepository",
            Kind::HelmRepository => "HelmRepository",
            Kind::HelmChart => "HelmChart",
            Kind::OciRepository => "OCIRepository",
            Kind::Bucket => "Bucket",
            Kind::Kustomization => Applier::Kustomization.kind(),
            Kind::HelmRelease => Applier::HelmRelease.kind(),
        }
    }

    /// The kind's API group.
    pub(crate) const fn group(self) -> &'static str {
        match self {
            Kind::GitRepository | Kind::HelmRepository | Kind::HelmChart | Kind::OciRepository | Kind::Bucket => {
                "source.toolkit.fluxcd.io"
            }
            Kind::Kustomization => Applier::Kustomization.group(),
            Kind::HelmRelease => Applier::HelmRelease.group(),
        }
    }
}

impl From<Applier> for Kind {
    fn from(applier: Applier) -> Kind {
        match applier {
            Applier::Kustomization => Kind::Kustomization,
            Applier::HelmRelease => Kind::HelmRelease,
        }
    }
}

impl Directory {
    pub(crate) fn kustomization(&self, key: &Key) -> Option<Value> {
        self.get(Kind::Kustomization, key)
    }

    pub(crate) fn get(&self, kind: Kind, key: &Key) -> Option<Value> {
        let packed = self.read().entry(kind, key).map(|entry| entry.object.clone());
        packed.map(|object| object.value())
    }

    pub(crate) fn contains(&self, kind: Kind, key: &Key) -> bool {
        self.read().entry(kind, key).is_some()
    }

    pub(crate) fn keys(&self, kind: Kind) -> Vec<Key> {
        self.read().of(kind).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    /// What an object depends on.
    fn depends_on(&self, kind: Kind, key: &Key) -> Vec<Key> {
        self.read().entry(kind, key).map(|entry| entry.depends_on.to_vec()).unwrap_or_default()
    }

    /// The objects of the same kind that depend on this one.
    pub(crate) fn dependents(&self, kind: Kind, key: &Key) -> Vec<Key> {
        self.read().dependents.get(&(kind, key.clone())).into_iter().flatten().cloned().collect()
    }

    /// Who takes its files or its chart from a source.
    pub(crate) fn users_of(&self, source: &SourceKey) -> Vec<(Kind, Key)> {
        self.read().by_source.get(source).into_iter().flatten().cloned().collect()
    }

    /// What an object takes its files or its chart from.
    pub(crate) fn sources_of(&self, kind: Kind, key: &Key) -> Vec<Arc<SourceKey>> {
        self.read().entry(kind, key).map(|entry| entry.sources.to_vec()).unwrap_or_default()
    }

    /// The other Kustomizations that list an object of the cluster that this one applies to.
    pub(crate) fn rivals(&self, subject: &Subject, id: &ObjectId) -> Vec<Key> {
        let contents = self.read();
        let Some(own) = contents.entry(Kind::from(subject.applier), &subject.key) else { return Vec::new() };
        let others = contents.claims.of(own.claimed.object(id)).filter(|key| **key != subject.key);
        let lists = |key: &&Key| {
            let entry = contents.entry(Kind::Kustomization, key);
            entry.is_some_and(|entry| claims::lists(&entry.object.value(), id))
        };
        others.filter(lists).cloned().collect()
    }

    /// Whether a Kustomization, as it was just read, lists an object of the cluster that this one applies to.
    pub(crate) fn is_rival(&self, subject: &Subject, id: &ObjectId, read: &Value) -> bool {
        let contents = self.read();
        let own = contents.entry(Kind::from(subject.applier), &subject.key);
        own.is_some_and(|own| claims::share_cluster(&own.object.value(), read)) && claims::lists(read, id)
    }

    /// From here on a Kustomization leaves objects to these, and to nobody else.
    pub(crate) fn leave_to(&self, key: &Key, holders: BTreeSet<Key>) {
        self.write().claims.leave_to(key, holders);
    }

    /// From here on a Kustomization leaves objects to these, too.
    pub(crate) fn leave_to_also(&self, key: &Key, holders: impl IntoIterator<Item = Key>) {
        self.write().claims.leave_to_also(key, holders);
    }

    /// The Kustomizations that leave objects to this one.
    pub(crate) fn yielding_to(&self, holder: &Key) -> Vec<Key> {
        self.read().claims.yielding_to(holder).cloned().collect()
    }

    /// Whether an object waits for another one of its kind by `dependsOn`, directly or through others.
    pub(crate) fn waits_for(&self, kind: Kind, key: &Key, other: &Key) -> bool {
        let contents = self.read();
        let (mut seen, mut next) = (BTreeSet::new(), vec![key]);
        while let Some(key) = next.pop() {
            let depends_on = contents.entry(kind, key).into_iter().flat_map(|entry| &entry.depends_on);
            for dependency in depends_on.filter(|dependency| seen.insert(*dependency)) {
                if dependency == other {
                    return true;
                }
                next.push(dependency);
            }
        }
        false
    }

    /// The cycle of dependencies that an object is part of, if any. Only what is reachable from it is looked at.
    pub(crate) fn cycle_through(&self, applier: Applier, key: &Key) -> Option<Cycle> {
        let owner = |key: &Key| Owner::new(applier, &*key.namespace, &*key.name);
        let mut graph: BTreeMap<Owner, Vec<Owner>> = BTreeMap::new();
        let mut pending: BTreeSet<Key> = BTreeSet::from([key.clone()]);
        while let Some(next) = pending.pop_first() {
            let targets = self.depends_on(Kind::from(applier), &next);
            pending.extend(targets.iter().filter(|target| !graph.contains_key(&owner(target))).cloned());
            graph.insert(owner(&next), targets.iter().map(owner).collect());
        }
        dependency::cycle_through(&graph, &owner(key))
    }

    /// Takes in an object that a watch told of.
    pub(crate) fn put(&self, kind: Kind, key: &Key, object: Value) {
        let mut contents = self.write();
        let (uid, version) = (uid(&object), resource_version(&object));
        // An answer to a write of our own may have come before the event of it.
        if contents.entry(kind, key).is_some_and(|known| *known.uid == *uid && known.resource_version > version) {
            return;
        }
        contents.replace(kind, key, object);
    }

    /// Takes in the answer to a write, ahead of its watch event: a run that begins before that event must not start from
    /// the inventory before it, or objects would be forgotten. What is gone, or was made anew, stays so.
    pub(crate) fn record(&self, kind: Kind, key: &Key, object: Value) {
        let mut contents = self.write();
        let (uid, version) = (uid(&object), resource_version(&object));
        if contents.entry(kind, key).is_some_and(|known| *known.uid == *uid && known.resource_version < version) {
            contents.replace(kind, key, object);
        }
    }

    /// Forgets an object that is gone.
    pub(crate) fn remove(&self, kind: Kind, key: &Key) {
        let mut contents = self.write();
        contents.remove(kind, key);
        if kind == Kind::Kustomization {
            contents.claims.leave_to(key, BTreeSet::new());
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Contents> {
        // Readers only ever see whole updates: a panic inside one would leave at worst a stale index entry.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Contents> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn of(&self, kind: Kind) -> Option<&BTreeMap<Key, Entry>> {
        self.objects.get(&kind)
    }

    fn entry(&self, kind: Kind, key: &Key) -> Option<&Entry> {
        self.of(kind)?.get(key)
    }

    fn replace(&mut self, kind: Kind, key: &Key, object: Value) {
        self.remove(kind, key);
        let object = without_field_owners(object);
        let Links { depends_on, sources } = Links::of(kind, &object, key);
        for target in &depends_on {
            self.dependents.entry((kind, target.clone())).or_default().insert(key.clone());
        }
        let sources = sources.into_iter().map(|source| self.link(source, kind, key)).collect();
        let claimed = match kind {
            Kind::Kustomization => Claimed::of(&object),
            Kind::GitRepository
            | Kind::HelmRepository
            | Kind::HelmChart
            | Kind::OciRepository
            | Kind::Bucket
            | Kind::HelmRelease => Claimed::default(),
        };
        self.claims.add(key, &claimed);
        let entry = Entry {
            claimed,
            uid: uid(&object).into(),
            resource_version: resource_version(&object),
            object: self.packing.pack(&object),
            depends_on: depends_on.into(),
            sources,
        };
        self.objects.entry(kind).or_default().insert(key.clone(), entry);
    }

    /// Notes what an object takes its files or its chart from.
    fn link(&mut self, source: SourceKey, kind: Kind, key: &Key) -> Arc<SourceKey> {
        let source = match self.by_source.get_key_value(&source) {
            Some((known, _)) => known.clone(),
            None => Arc::new(source),
        };
        self.by_source.entry(source.clone()).or_default().insert((kind, key.clone()));
        source
    }

    fn remove(&mut self, kind: Kind, key: &Key) {
        let Some(entry) = self.objects.get_mut(&kind).and_then(|of_kind| of_kind.remove(key)) else { return };
        if kind == Kind::Kustomization {
            self.claims.remove(key, &entry.claimed);
        }
        for target in &entry.depends_on {
            unlink(&mut self.dependents, &(kind, target.clone()), key);
        }
        for source in &entry.sources {
            unlink(&mut self.by_source, source, &(kind, key.clone()));
        }
    }
}

/// The object without `managedFields`: no reconciler asks for them, and they are most of an object's memory.
fn without_field_owners(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn unlink<K: Ord, V: Ord>(index: &mut BTreeMap<K, BTreeSet<V>>, from: &K, to: &V) {
    if let Some(keys) = index.get_mut(from) {
        keys.remove(to);
        if keys.is_empty() {
            index.remove(from);
        }
    }
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const APPS: Kind = Kind::Kustomization;

    fn key(name: &str) -> Key {
        Key::new("ns", name)
    }

    fn kustomization(depends_on: &[&str]) -> Value {
        let depends_on: Vec<Value> = depends_on.iter().map(|name| json!({"name": name})).collect();
        json!({"spec": {
            "dependsOn": depends_on,
            "sourceRef": {"kind": "GitRepository", "name": "repo", "namespace": "other"},
        }})
    }

    #[test]
    fn the_index_follows_changes() {
        let directory = Directory::default();
        let source = |name: &str| SourceKey { kind: "GitRepository".to_owned(), key: Key::new("other", name) };
        directory.put(APPS, &key("apps"), kustomization(&["infra", "crds"]));
        directory.put(APPS, &key("tests"), kustomization(&["apps"]));
        assert_eq!(directory.dependents(APPS, &key("infra")), [key("apps")]);
        assert_eq!(directory.depends_on(APPS, &key("apps")), [key("infra"), key("crds")]);
        assert_eq!(directory.users_of(&source("repo")), [(APPS, key("apps")), (APPS, key("tests"))]);
        directory.put(APPS, &key("apps"), kustomization(&["crds"]));
        assert_eq!(directory.dependents(APPS, &key("infra")), []);
        directory.remove(APPS, &key("apps"));
        assert_eq!(directory.dependents(APPS, &key("crds")), []);
        assert_eq!(directory.users_of(&source("repo")), [(APPS, key("tests"))]);
    }

    fn at(uid: &str, version: &str) -> Value {
        json!({"metadata": {"uid": uid, "resourceVersion": version}})
    }

    #[test]
    fn what_was_written_counts_until_something_newer_is_seen() {
        let directory = Directory::default();
        let held = || directory.kustomization(&key("apps"));
        directory.put(APPS, &key("apps"), at("a", "5"));
        directory.record(APPS, &key("apps"), at("a", "10"));
        directory.put(APPS, &key("apps"), at("a", "7"));
        assert_eq!(held(), Some(at("a", "10")), "the watch was behind");
        directory.record(APPS, &key("apps"), at("a", "9"));
        assert_eq!(held(), Some(at("a", "10")), "the answer was late");
        directory.put(APPS, &key("apps"), at("a", "11"));
        assert_eq!(held(), Some(at("a", "11")));
    }

    #[test]
    fn a_late_answer_brings_nothing_back() {
        let directory = Directory::default();
        directory.put(APPS, &key("apps"), at("a", "5"));
        directory.remove(APPS, &key("apps"));
        directory.record(APPS, &key("apps"), at("a", "6"));
        assert!(!directory.contains(APPS, &key("apps")));
        directory.put(APPS, &key("apps"), at("b", "7"));
        directory.record(APPS, &key("apps"), at("a", "8"));
        assert_eq!(directory.kustomization(&key("apps")), Some(at("b", "7")));
    }

    #[test]
    fn no_reconciler_asks_who_owns_which_field() {
        let directory = Directory::default();
        directory.put(APPS, &key("apps"), json!({"metadata": {"name": "apps", "managedFields": [{}]}}));
        assert_eq!(directory.kustomization(&key("apps")), Some(json!({"metadata": {"name": "apps"}})));
    }
}
