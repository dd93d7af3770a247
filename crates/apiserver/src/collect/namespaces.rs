//! Namespaces that are being deleted: everything in them goes first.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Controller, Note, report};
use crate::core::{Core, collection_of};
use crate::error::ApiError;
use crate::identity;
use crate::metadata;
use crate::registry::{Resource, Scope};
use crate::storage::{Change, CollectionKey, ObjectKey};
use crate::strategy::NAMESPACE_FINALIZER;
use crate::verbs::{DeleteOptions, Propagation, Rewrite, delete_object, rewrite};

pub(super) struct Namespaces {
    core: Arc<Core>,
    /// Namespaces that wait for their contents to go.
    terminating: BTreeSet<String>,
    /// Those of them in which something happened.
    look: BTreeSet<String>,
}

impl Namespaces {
    pub(super) fn new(core: Arc<Core>) -> Namespaces {
        Namespaces { core, terminating: BTreeSet::new(), look: BTreeSet::new() }
    }
}

impl Controller for Namespaces {
    fn note(&mut self, note: Note<'_>) {
        if note.collection.group.is_empty() && note.collection.plural == "namespaces" {
            let name = &note.record.key.name;
            match note.change {
                Change::Deleted => {
                    self.terminating.remove(name);
                }
                Change::Put if metadata::is_terminating(&note.record.object()) => {
                    if self.terminating.insert(name.clone()) {
                        self.look.insert(name.clone());
                    }
                }
                Change::Put => {}
            }
        } else if self.terminating.contains(&note.record.key.namespace) {
            self.look.insert(note.record.key.namespace.clone());
        }
    }

    async fn work(&mut self) {
        for name in std::mem::take(&mut self.look) {
            if let Err(error) = self.empty(&name).await {
                report("a namespace cannot be emptied", &error);
            }
        }
    }
}

impl Namespaces {
    async fn empty(&self, name: &str) -> Result<(), ApiError> {
        let Some(resource) = self.core.registry().find("", "v1", "namespaces").cloned() else { return Ok(()) };
        let Some(live) = self.core.namespace(name) else { return Ok(()) };
        let held = live["spec"]["finalizers"].as_array().is_some_and(|list| list.contains(&json!(NAMESPACE_FINALIZER)));
        if !metadata::is_terminating(&live) || !held {
            return Ok(());
        }
        let mut remaining: Vec<(Arc<Resource>, Vec<Value>)> = Vec::new();
        for contained in self.contained() {
            let left = self.delete_all(&contained, name).await?;
            if !left.is_empty() {
                remaining.push((contained, left));
            }
        }
        rewrite(&self.core, &resource, &ObjectKey::new("", name), |live| {
            let mut next = live.clone();
            set_conditions(&mut next, &remaining);
            if remaining.is_empty()
                && let Some(finalizers) = next["spec"]["finalizers"].as_array_mut()
            {
                finalizers.retain(|finalizer| finalizer != NAMESPACE_FINALIZER);
            }
            if next == live { Rewrite::Keep } else { Rewrite::To(next) }
        })
        .await?;
        Ok(())
    }

    /// One resource for each collection that objects in namespaces are stored in.
    fn contained(&self) -> Vec<Arc<Resource>> {
        let mut seen: BTreeSet<CollectionKey> = BTreeSet::new();
        let registry = self.core.registry();
        let namespaced = registry.iter().filter(|resource| resource.scope == Scope::Namespaced);
        namespaced.filter(|resource| seen.insert(collection_of(resource))).cloned().collect()
    }

    /// Deletes all objects of a resource, and returns those that are still there.
    async fn delete_all(&self, resource: &Resource, namespace: &str) -> Result<Vec<Value>, ApiError> {
        let collection = collection_of(resource);
        let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
        for record in self.core.store.list(&collection, Some(namespace), None).records {
            if metadata::is_terminating(&record.object()) {
                continue;
            }
            match delete_object(&self.core, resource, &record.key, &options).await {
                Err(error) if error.code != 404 => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        let left = self.core.store.list(&collection, Some(namespace), None).records;
        Ok(left.iter().map(|record| record.object()).collect())
    }
}

/// The conditions that say how far a deletion is, in the order and words of kube-controller-manager.
fn set_conditions(namespace: &mut Value, remaining: &[(Arc<Resource>, Vec<Value>)]) {
    let content: Vec<String> = remaining
        .iter()
        .map(|(resource, objects)| format!("{} has {} resource instances", resource_name(resource), objects.len()))
        .collect();
    let mut finalizers: Vec<(String, usize)> = Vec::new();
    for object in remaining.iter().flat_map(|(_, objects)| objects) {
        for finalizer in metadata::finalizers(object) {
            match finalizers.iter_mut().find(|(known, _)| known == finalizer) {
                Some((_, count)) => *count += 1,
                None => finalizers.push((finalizer.to_owned(), 1)),
            }
        }
    }
    let waiting: Vec<String> =
        finalizers.iter().map(|(finalizer, count)| format!("{finalizer} in {count} resource instances")).collect();
    let of = |list: &[String], some: String, none: &str| if list.is_empty() { none.to_owned() } else { some };
    let conditions = [
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        (
            "NamespaceContentRemaining",
            if content.is_empty() { "False" } else { "True" },
            if content.is_empty() { "ContentRemoved" } else { "SomeResourcesRemain" },
            of(
                &content,
                format!("Some resources are remaining: {}", content.join(", ")),
                "All content successfully removed",
            ),
        ),
        (
            "NamespaceFinalizersRemaining",
            if waiting.is_empty() { "False" } else { "True" },
            if waiting.is_empty() { "ContentHasNoFinalizers" } else { "SomeFinalizersRemain" },
            of(
                &waiting,
                format!("Some content in the namespace has finalizers remaining: {}", waiting.join(", ")),
                "All content-preserving finalizers finished",
            ),
        ),
    ];
    let before = namespace["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let now = identity::now();
    let mut next: Vec<Value> = Vec::new();
    for (kind, status, reason, message) in conditions {
        let old = before.iter().find(|condition| condition["type"] == kind);
        let since = old.filter(|old| old["status"] == status).map(|old| old["lastTransitionTime"].clone());
        next.push(json!({
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": since.unwrap_or_else(|| now.as_str().into()),
        }));
    }
    namespace["status"]["conditions"] = next.into();
}

fn resource_name(resource: &Resource) -> String {
    format!("{}.{}", resource.plural, resource.gvk.group)
}
