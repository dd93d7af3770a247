//! What all requests and the server's own controllers share.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use manifest::GroupVersionKind;
use serde_json::Value;
use tokio::sync::watch;

use crate::allocations::Allocations;
use crate::authentication::Tokens;
use crate::config::Limits;
use crate::openapi::OpenApi;
use crate::registry::{Registry, Resource};
use crate::schema::Taken;
use crate::storage::{CollectionKey, ObjectKey, Record, Store};
use crate::{crd, strategy};

/// The server without its wires.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    pub(crate) tokens: Tokens,
    pub(crate) openapi: OpenApi,
    registry: RwLock<Arc<Registry>>,
    /// Held from looking at a stored definition to serving what it declares: of two writes of one definition, the one
    /// that looked first must not have the last word.
    following: Mutex<()>,
    /// Counts changes of the registry, so that watches of a resource that is no longer served end.
    served: watch::Sender<u64>,
    allocations: Mutex<Allocations>,
    /// Held from looking at what is taken to taking it.
    turn: tokio::sync::Mutex<()>,
}

impl Core {
    pub(crate) fn new(store: Store, limits: Limits, registry: Registry, tokens: Tokens) -> Core {
        Core {
            store,
            limits,
            tokens,
            openapi: OpenApi::new(),
            registry: RwLock::new(Arc::new(registry)),
            following: Mutex::default(),
            served: watch::Sender::new(0),
            allocations: Mutex::new(Allocations::new()),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Waits until no other write looks at what all objects of a resource have, where writes of the resource do.
    pub(crate) async fn turn_of(&self, resource: &Resource) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if strategy::has_addresses(resource) { Some(self.turn.lock().await) } else { None }
    }

    /// Waits until no other pod is being evicted.
    pub(crate) async fn turn_to_evict(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Looks at what all services but `own` have.
    pub(crate) fn of_other_services<T>(&self, own: &ObjectKey, look: impl FnOnce(&Taken) -> T) -> T {
        let mut allocations = self.allocations.lock().unwrap_or_else(|poisoned| {
            // A panic may have left it half-way; everything in it can be read again.
            let mut held = poisoned.into_inner();
            *held = Allocations::new();
            held
        });
        allocations.of_others(&self.store, own, look)
    }

    /// What is served right now.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is served.
    pub(crate) fn change_registry(&self, change: impl FnOnce(&mut Registry)) {
        change(Arc::make_mut(&mut self.registry.write().unwrap_or_else(PoisonError::into_inner)));
        self.served.send_modify(|count| *count += 1);
    }

    /// Fires when what is served changes.
    pub(crate) fn registry_changes(&self) -> watch::Receiver<u64> {
        self.served.subscribe()
    }

    /// The resource that owner references and the like mean by a type.
    pub(crate) fn resource_of_kind(&self, api_version: &str, kind: &str) -> Option<Arc<Resource>> {
        let gvk = GroupVersionKind::from_api_version(api_version, kind);
        self.registry().iter().find(|resource| resource.gvk == gvk).cloned()
    }

    /// A resource that stores its objects in `collection`.
    pub(crate) fn resource_of_collection(&self, collection: &CollectionKey) -> Option<Arc<Resource>> {
        let registry = self.registry();
        let mut found = registry.iter().filter(|resource| collection_of(resource) == *collection);
        let first = found.next()?;
        let storage = std::iter::once(first).chain(found).find(|resource| is_storage_version(resource));
        Some(Arc::clone(storage.unwrap_or(first)))
    }

    /// Follows up on a write before it is answered: what a CustomResourceDefinition declares is served at once.
    pub(crate) fn written(&self, resource: &Resource, record: &Record) {
        if !strategy::is_crd(resource) {
            return;
        }
        let following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.store.get(&collection_of(resource), &record.key);
        match current {
            Some(current) => self.serve(&current.object()),
            None => self.stop_serving(&record.object()),
        }
        drop(following);
    }

    /// Serves what an established CustomResourceDefinition declares, and nothing it no longer does.
    pub(crate) fn serve(&self, definition: &Value) {
        let conditions = definition["status"]["conditions"].as_array().into_iter().flatten();
        let established = conditions.into_iter().any(|one| one["type"] == "Established" && one["status"] == "True");
        if established {
            // What is stored passed validation, maybe that of an earlier release.
            self.change_registry(|registry| {
                registry.remove(group_of(definition), plural_of(definition));
                crd::resources_of(definition).into_iter().for_each(|resource| registry.insert(resource));
            });
        }
    }

    fn stop_serving(&self, definition: &Value) {
        self.change_registry(|registry| registry.remove(group_of(definition), plural_of(definition)));
    }

    /// A namespace object, if it exists.
    pub(crate) fn namespace(&self, name: &str) -> Option<Value> {
        let collection = CollectionKey { group: String::new(), plural: "namespaces".to_owned() };
        self.store.get(&collection, &ObjectKey::new("", name)).map(|record| record.object())
    }
}

/// The group a CustomResourceDefinition declares.
pub(crate) fn group_of(definition: &Value) -> &str {
    definition["spec"]["group"].as_str().unwrap_or_default()
}

/// The plural name a CustomResourceDefinition declares.
pub(crate) fn plural_of(definition: &Value) -> &str {
    definition["spec"]["names"]["plural"].as_str().unwrap_or_default()
}

/// Where objects of a resource are stored.
pub(crate) fn collection_of(resource: &Resource) -> CollectionKey {
    CollectionKey { group: resource.storage_group.clone(), plural: resource.plural.clone() }
}

/// The type objects of a resource are stored as.
pub(crate) fn storage_kind(resource: &Resource) -> GroupVersionKind {
    GroupVersionKind {
        group: resource.storage_group.clone(),
        version: resource.storage_version.clone(),
        kind: resource.gvk.kind.clone(),
    }
}

fn is_storage_version(resource: &Resource) -> bool {
    resource.gvk.version == resource.storage_version && resource.gvk.group == resource.storage_group
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::storage::{Expected, Operation, Write};

    fn core() -> Arc<Core> {
        let mut registry = Registry::default();
        crate::builtin::resources().into_iter().for_each(|resource| registry.insert(resource));
        let store = Store::in_memory(Limits::default());
        Arc::new(Core::new(store, Limits::default(), registry, Tokens::new("token".to_owned())))
    }

    fn definition() -> Value {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Namespaced",
                "names": {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
            },
            "status": {"conditions": [{"type": "Established", "status": "True"}]},
        })
    }

    async fn commit(core: &Core, expected: Expected, operation: Operation) -> Arc<Record> {
        let collection =
            CollectionKey { group: "apiextensions.k8s.io".to_owned(), plural: "customresourcedefinitions".to_owned() };
        let key = ObjectKey::new("", "widgets.example.com");
        core.store.commit(Write { collection, key, expected, operation }).await.expect("a write")
    }

    fn serves(core: &Core) -> bool {
        core.resource_of_kind("example.com/v1", "Widget").is_some()
    }

    fn definitions(core: &Core) -> Arc<Resource> {
        let found = core.resource_of_kind("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        found.expect("definitions are built in")
    }

    #[tokio::test]
    async fn what_is_stored_counts_in_whatever_order_writes_are_followed_up() {
        let core = core();
        let of = definitions(&core);
        let created = commit(&core, Expected::Absent, Operation::Put(definition())).await;
        let deleted = commit(&core, Expected::Revision(created.revision), Operation::Delete(definition())).await;
        core.written(&of, &deleted);
        core.written(&of, &created);
        assert!(!serves(&core), "a creation that is followed up late brings nothing back");

        let again = commit(&core, Expected::Absent, Operation::Put(definition())).await;
        core.written(&of, &again);
        core.written(&of, &deleted);
        assert!(serves(&core), "a deletion that is followed up late takes nothing away");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_looked_first_has_not_the_last_word() {
        let core = core();
        let of = definitions(&core);
        for round in 0..200 {
            let created = commit(&core, Expected::Absent, Operation::Put(definition())).await;
            let revision = created.revision;
            let late = tokio::spawn({
                let (core, of) = (core.clone(), of.clone());
                async move { core.written(&of, &created) }
            });
            let deleted = commit(&core, Expected::Revision(revision), Operation::Delete(definition())).await;
            core.written(&of, &deleted);
            late.await.expect("followed up");
            assert!(!serves(&core), "round {round}");
        }
    }
}
