//! The Flux objects as they are now, kept by watches, with an index of who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use manifest::{GroupVersionKind, Value};

use crate::Key;

/// The shared view on Flux objects.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<RwLock<Contents>>);

#[derive(Default)]
struct Contents {
    kustomizations: BTreeMap<Key, Arc<Value>>,
    git_repositories: BTreeMap<Key, Arc<Value>>,
    dependents: BTreeMap<Key, BTreeSet<Key>>,
    by_source: BTreeMap<(String, Key), BTreeSet<Key>>,
}

/// A kind that is reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    GitRepository,
    Kustomization,
}

impl Kind {
    /// The kind of an object, if it is one that is reconciled.
    pub(crate) fn of(gvk: &GroupVersionKind) -> Option<Kind> {
        match (gvk.group.as_str(), gvk.kind.as_str()) {
            ("source.toolkit.fluxcd.io", "GitRepository") => Some(Kind::GitRepository),
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => Some(Kind::Kustomization),
            _ => None,
        }
    }
}

/// The object without `managedFields`: no reconciler asks for them, and they are most of an object's memory.
pub(crate) fn without_field_owners(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

impl Directory {
    pub(crate) fn kustomization(&self, key: &Key) -> Option<Arc<Value>> {
        self.read().kustomizations.get(key).cloned()
    }

    pub(crate) fn git_repository(&self, key: &Key) -> Option<Arc<Value>> {
        self.read().git_repositories.get(key).cloned()
    }

    pub(crate) fn get(&self, kind: Kind, key: &Key) -> Option<Arc<Value>> {
        match kind {
            Kind::GitRepository => self.git_repository(key),
            Kind::Kustomization => self.kustomization(key),
        }
    }

    pub(crate) fn keys(&self, kind: Kind) -> Vec<Key> {
        let contents = self.read();
        match kind {
            Kind::GitRepository => contents.git_repositories.keys().cloned().collect(),
            Kind::Kustomization => contents.kustomizations.keys().cloned().collect(),
        }
    }

    /// What a Kustomization depends on.
    pub(crate) fn depends_on(&self, key: &Key) -> Vec<Key> {
        self.kustomization(key).map(|object| targets(&object, &key.namespace)).unwrap_or_default()
    }

    /// The Kustomizations that depend on this one.
    pub(crate) fn dependents(&self, key: &Key) -> Vec<Key> {
        self.read().dependents.get(key).into_iter().flatten().cloned().collect()
    }

    /// The Kustomizations that build from a source.
    pub(crate) fn users_of(&self, kind: &str, source: &Key) -> Vec<Key> {
        self.read().by_source.get(&(kind.to_owned(), source.clone())).into_iter().flatten().cloned().collect()
    }

    /// Stores an object's new state (none: it is gone) and returns the one before.
    pub(crate) fn put(&self, kind: Kind, key: &Key, object: Option<Arc<Value>>) -> Option<Arc<Value>> {
        let mut contents = self.write();
        match kind {
            Kind::GitRepository => replace(&mut contents.git_repositories, key, object),
            Kind::Kustomization => {
                let before = replace(&mut contents.kustomizations, key, object.clone());
                if let Some(before) = before.as_deref() {
                    for target in targets(before, &key.namespace) {
                        unlink(&mut contents.dependents, &target, key);
                    }
                    unlink(&mut contents.by_source, &source_of(before, &key.namespace), key);
                }
                if let Some(now) = object.as_deref() {
                    for target in targets(now, &key.namespace) {
                        contents.dependents.entry(target).or_default().insert(key.clone());
                    }
                    contents.by_source.entry(source_of(now, &key.namespace)).or_default().insert(key.clone());
                }
                before
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Contents> {
        // Readers only ever see whole updates: a panic inside `put` would leave at worst a stale index entry.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Contents> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replace(objects: &mut BTreeMap<Key, Arc<Value>>, key: &Key, object: Option<Arc<Value>>) -> Option<Arc<Value>> {
    match object {
        Some(object) => objects.insert(key.clone(), object),
        None => objects.remove(key),
    }
}

fn unlink<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Key>>, from: &K, to: &Key) {
    if let Some(keys) = index.get_mut(from) {
        keys.remove(to);
        if keys.is_empty() {
            index.remove(from);
        }
    }
}

fn targets(object: &Value, namespace: &str) -> Vec<Key> {
    let entries = object["spec"]["dependsOn"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| {
            let namespace = entry["namespace"].as_str().filter(|text| !text.is_empty()).unwrap_or(namespace);
            Some(Key::new(namespace, entry["name"].as_str()?))
        })
        .collect()
}

fn source_of(object: &Value, namespace: &str) -> (String, Key) {
    let source = &object["spec"]["sourceRef"];
    let text = |field: &str| source[field].as_str().unwrap_or_default();
    let namespace = source["namespace"].as_str().filter(|text| !text.is_empty()).unwrap_or(namespace);
    (text("kind").to_owned(), Key::new(namespace, text("name")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kustomization(depends_on: &[&str]) -> Option<Arc<Value>> {
        let depends_on: Vec<Value> = depends_on.iter().map(|name| json!({"name": name})).collect();
        Some(Arc::new(json!({"spec": {
            "dependsOn": depends_on,
            "sourceRef": {"kind": "GitRepository", "name": "repo", "namespace": "other"},
        }})))
    }

    #[test]
    fn the_index_follows_changes() {
        let directory = Directory::default();
        let key = |name: &str| Key::new("ns", name);
        directory.put(Kind::Kustomization, &key("apps"), kustomization(&["infra", "crds"]));
        directory.put(Kind::Kustomization, &key("tests"), kustomization(&["apps"]));
        assert_eq!(directory.dependents(&key("infra")), [key("apps")]);
        assert_eq!(directory.users_of("GitRepository", &Key::new("other", "repo")), [key("apps"), key("tests")]);
        directory.put(Kind::Kustomization, &key("apps"), kustomization(&["crds"]));
        assert_eq!(directory.dependents(&key("infra")), []);
        directory.put(Kind::Kustomization, &key("apps"), None);
        assert_eq!(directory.dependents(&key("crds")), []);
        assert_eq!(directory.users_of("GitRepository", &Key::new("other", "repo")), [key("tests")]);
    }
}
