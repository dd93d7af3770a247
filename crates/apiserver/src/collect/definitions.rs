//! CustomResourceDefinitions that are being deleted: their objects go first.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Controller, Note, report};
use crate::core::{Core, group_of, plural_of};
use crate::error::ApiError;
use crate::identity;
use crate::metadata;
use crate::storage::{Change, CollectionKey, ObjectKey};
use crate::strategy::CRD_FINALIZER;
use crate::verbs::{DeleteOptions, Propagation, Rewrite, delete_object, rewrite};

pub(super) struct Definitions {
    core: Arc<Core>,
    /// The collections of definitions that wait for their objects to go, with the names of those definitions.
    terminating: BTreeMap<CollectionKey, String>,
    look: Vec<CollectionKey>,
}

impl Definitions {
    pub(super) fn new(core: Arc<Core>) -> Definitions {
        Definitions { core, terminating: BTreeMap::new(), look: Vec::new() }
    }
}

impl Controller for Definitions {
    fn note(&mut self, note: Note<'_>) {
        if note.collection.plural == "customresourcedefinitions" && note.collection.group == "apiextensions.k8s.io" {
            let definition = note.record.object();
            let collection =
                CollectionKey { group: group_of(&definition).to_owned(), plural: plural_of(&definition).to_owned() };
            match note.change {
                Change::Deleted => {
                    self.terminating.remove(&collection);
                }
                Change::Put if metadata::finalizers(&definition).contains(&CRD_FINALIZER) => {
                    if metadata::is_terminating(&definition)
                        && self.terminating.insert(collection.clone(), note.record.key.name.clone()).is_none()
                    {
                        self.look.push(collection);
                    }
                }
                Change::Put => {}
            }
        } else if self.terminating.contains_key(&**note.collection) && !self.look.contains(note.collection) {
            self.look.push(CollectionKey::clone(note.collection));
        }
    }

    async fn work(&mut self) {
        for collection in std::mem::take(&mut self.look) {
            if let Some(name) = self.terminating.get(&collection)
                && let Err(error) = self.empty(&collection, name).await
            {
                report("the objects of a CustomResourceDefinition cannot be deleted", &error);
            }
        }
    }
}

impl Definitions {
    async fn empty(&self, collection: &CollectionKey, name: &str) -> Result<(), ApiError> {
        let registry = self.core.registry();
        let Some(definitions) = registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions") else {
            return Ok(());
        };
        if let Some(resource) = self.core.resource_of_collection(collection) {
            let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
            for record in self.core.store.list(collection, None, None).records {
                if metadata::is_terminating(&record.object()) {
                    continue;
                }
                match delete_object(&self.core, &resource, &record.key, &options).await {
                    Err(error) if error.code != 404 => return Err(error),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        let left = self.core.store.list(collection, None, None).records.len();
        rewrite(&self.core, definitions, &ObjectKey::new("", name), |live| {
            let mut next = live.clone();
            if left == 0 {
                let rest = metadata::finalizers(&live).into_iter().filter(|one| *one != CRD_FINALIZER);
                metadata::set_finalizers(&mut next, rest.map(str::to_owned).collect());
            } else {
                say_terminating(&mut next);
            }
            if next == live { Rewrite::Keep } else { Rewrite::To(next) }
        })
        .await?;
        Ok(())
    }
}

fn say_terminating(definition: &mut Value) {
    if !definition["status"]["conditions"].is_array() {
        definition["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = definition["status"]["conditions"].as_array_mut() else { return };
    if conditions.iter().any(|condition| condition["type"] == "Terminating") {
        return;
    }
    conditions.push(json!({
        "type": "Terminating",
        "status": "True",
        "reason": "InstanceDeletionInProgress",
        "message": "CustomResource deletion is in progress",
        "lastTransitionTime": identity::now(),
    }));
}
