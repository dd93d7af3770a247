//! Garbage collection along owner references: background, foreground, orphaning.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::graph::{Graph, Node, Owner, Phase};
use super::uid::Uid;
use super::{Controller, Note, report};
use crate::core::Core;
use crate::error::ApiError;
use crate::metadata::{self, metadata_mut};
use crate::verbs::{DeleteOptions, FOREGROUND, ORPHAN, Propagation, Rewrite, delete_object, rewrite};

pub(super) struct Garbage {
    core: Arc<Core>,
    graph: Graph,
    look: BTreeSet<Uid>,
}

impl Garbage {
    pub(super) fn new(core: Arc<Core>) -> Garbage {
        Garbage { core, graph: Graph::default(), look: BTreeSet::new() }
    }
}

impl Controller for Garbage {
    fn note(&mut self, note: Note<'_>) {
        self.look.extend(self.graph.take(&note));
    }

    async fn work(&mut self) {
        for uid in std::mem::take(&mut self.look) {
            let Some(node) = self.graph.node(&uid).cloned() else { continue };
            if let Err(error) = self.look_at(&uid, &node).await {
                report("garbage collection is held up", &error);
            }
        }
    }
}

/// How an owner stands, seen from its dependent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is there to stay.
    Solid,
    /// It is being deleted and waits for this dependent.
    Waiting,
    /// It does not exist.
    Gone,
}

impl Garbage {
    async fn look_at(&self, uid: &Uid, node: &Node) -> Result<(), ApiError> {
        match node.phase {
            Phase::Foreground => self.delete_dependents(uid, node).await?,
            Phase::Orphaning => self.release_dependents(uid, node).await?,
            Phase::Plain => {}
        }
        if !node.owners.is_empty() { self.collect(uid, node).await } else { Ok(()) }
    }

    fn standing(&self, dependent: &Node, owner: &Owner) -> Standing {
        match self.graph.key(&owner.uid) {
            // An owner in another namespace is no owner.
            Some(key) if !key.namespace.is_empty() && key.namespace != dependent.key.namespace => Standing::Gone,
            Some(_) if owner.blocks() && self.graph.phase(&owner.uid) == Phase::Foreground => Standing::Waiting,
            Some(_) => Standing::Solid,
            // Of a kind that is not served nothing is known, so nothing is deleted for its sake.
            None if self.core.resource_of_kind(&owner.api_version, &owner.kind).is_none() => Standing::Solid,
            None => Standing::Gone,
        }
    }

    /// Deletes an object whose owners are all gone or waiting for it, or removes the references that lead nowhere.
    async fn collect(&self, uid: &Uid, node: &Node) -> Result<(), ApiError> {
        if node.terminating {
            return Ok(());
        }
        let standings: Vec<Standing> = node.owners.iter().map(|owner| self.standing(node, owner)).collect();
        let useless: Vec<&Uid> = node
            .owners
            .iter()
            .zip(&standings)
            .filter(|(_, standing)| **standing != Standing::Solid)
            .map(|(owner, _)| &owner.uid)
            .collect();
        if useless.is_empty() {
            return Ok(());
        }
        if standings.contains(&Standing::Solid) {
            return self.remove_references(uid, node, &useless).await;
        }
        let in_foreground = standings.contains(&Standing::Waiting) && !self.graph.dependents(uid).is_empty();
        let propagation = if in_foreground { Propagation::Foreground } else { Propagation::Background };
        self.delete(uid, node, propagation).await
    }

    /// Deletes what an object owns; the object itself goes when none is left that it waits for.
    async fn delete_dependents(&self, uid: &Uid, node: &Node) -> Result<(), ApiError> {
        if !self.graph.is_blocked(uid) {
            return self.remove_finalizer(uid, node, FOREGROUND).await;
        }
        for dependent in self.graph.dependents(uid) {
            if let Some(found) = self.graph.node(&dependent).cloned() {
                self.collect(&dependent, &found).await?;
            }
        }
        Ok(())
    }

    /// Takes an object out of the references of what it owns, and then lets it go.
    async fn release_dependents(&self, uid: &Uid, node: &Node) -> Result<(), ApiError> {
        for dependent in self.graph.dependents(uid) {
            if let Some(found) = self.graph.node(&dependent).cloned() {
                self.remove_references(&dependent, &found, &[uid]).await?;
            }
        }
        self.remove_finalizer(uid, node, ORPHAN).await
    }

    async fn delete(&self, uid: &Uid, node: &Node, propagation: Propagation) -> Result<(), ApiError> {
        let Some(resource) = self.core.resource_of_collection(&node.collection) else { return Ok(()) };
        let options =
            DeleteOptions { propagation: Some(propagation), uid: Some(uid.to_string()), ..DeleteOptions::default() };
        match delete_object(&self.core, &resource, &node.key, &options).await {
            // It is gone, or another object has its name.
            Err(error) if matches!(error.code, 404 | 409) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    async fn remove_references(&self, uid: &Uid, node: &Node, owners: &[&Uid]) -> Result<(), ApiError> {
        let owners: Vec<String> = owners.iter().map(|owner| owner.to_string()).collect();
        self.change(uid, node, |mut object| {
            if let Some(references) = metadata_mut(&mut object).get_mut("ownerReferences").and_then(Value::as_array_mut)
            {
                references
                    .retain(|owner| owner["uid"].as_str().is_none_or(|uid| owners.iter().all(|owner| owner != uid)));
                if references.is_empty() {
                    metadata_mut(&mut object).remove("ownerReferences");
                }
            }
            object
        })
        .await
    }

    async fn remove_finalizer(&self, uid: &Uid, node: &Node, finalizer: &str) -> Result<(), ApiError> {
        self.change(uid, node, |mut object| {
            let rest = metadata::finalizers(&object).into_iter().filter(|one| *one != finalizer).map(str::to_owned);
            let rest = rest.collect();
            metadata::set_finalizers(&mut object, rest);
            object
        })
        .await
    }

    async fn change(&self, uid: &Uid, node: &Node, change: impl Fn(Value) -> Value) -> Result<(), ApiError> {
        let Some(resource) = self.core.resource_of_collection(&node.collection) else { return Ok(()) };
        let uid = uid.to_string();
        rewrite(&self.core, &resource, &node.key, |live| {
            if metadata::text(&live, "uid") != uid {
                return Rewrite::Keep;
            }
            let next = change(live.clone());
            if next == live { Rewrite::Keep } else { Rewrite::To(next) }
        })
        .await?;
        Ok(())
    }
}
