//! Which object owns which.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::Note;
use crate::storage::{Change, CollectionKey, ObjectKey};
use crate::verbs::{FOREGROUND, ORPHAN};

/// One entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) uid: String,
    #[serde(default)]
    block_owner_deletion: Option<bool>,
}

impl Owner {
    /// Whether the owner, deleted in the foreground, waits for the object that has this reference.
    pub(super) fn blocks(&self) -> bool {
        self.block_owner_deletion == Some(true)
    }
}

/// What a deletion in progress does about dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The object is not being deleted, or its dependents are nothing it waits for.
    Plain,
    /// It waits for its dependents to go.
    Foreground,
    /// It waits for its dependents to be let go.
    Orphaning,
}

/// One object.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) collection: CollectionKey,
    pub(super) key: ObjectKey,
    pub(super) owners: Vec<Owner>,
    pub(super) phase: Phase,
    pub(super) terminating: bool,
}

#[derive(Deserialize)]
struct Partial {
    metadata: PartialMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartialMetadata {
    #[serde(default)]
    uid: String,
    #[serde(default)]
    owner_references: Vec<Owner>,
    #[serde(default)]
    finalizers: Vec<String>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
}

/// All objects by uid, with the references between them in both directions.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: HashMap<String, Node>,
    dependents: HashMap<String, HashSet<String>>,
}

impl Graph {
    /// Takes in a write, and returns the uids that have to be looked at because of it.
    pub(super) fn take(&mut self, note: &Note<'_>) -> Vec<String> {
        let Ok(Partial { metadata }) = serde_json::from_slice::<Partial>(&note.record.json) else { return Vec::new() };
        let uid = metadata.uid;
        match note.change {
            Change::Put => {
                self.unlink(&uid);
                let terminating = metadata.deletion_timestamp.is_some();
                let has = |finalizer: &str| terminating && metadata.finalizers.iter().any(|one| one == finalizer);
                let phase = match (has(ORPHAN), has(FOREGROUND)) {
                    (true, _) => Phase::Orphaning,
                    (false, true) => Phase::Foreground,
                    (false, false) => Phase::Plain,
                };
                for owner in &metadata.owner_references {
                    self.dependents.entry(owner.uid.clone()).or_default().insert(uid.clone());
                }
                let concerns = !metadata.owner_references.is_empty() || phase != Phase::Plain;
                let mut look = if concerns { vec![uid.clone()] } else { Vec::new() };
                // A dependent that no longer blocks may have been the last one its owner waited for.
                look.extend(self.waiting_owners(&metadata.owner_references));
                let node = Node {
                    collection: note.collection.clone(),
                    key: note.record.key.clone(),
                    owners: metadata.owner_references,
                    phase,
                    terminating,
                };
                self.nodes.insert(uid, node);
                look
            }
            Change::Deleted => {
                let mut look: Vec<String> = self.dependents(&uid);
                look.extend(self.waiting_owners(&metadata.owner_references));
                self.unlink(&uid);
                self.nodes.remove(&uid);
                look
            }
        }
    }

    fn waiting_owners(&self, owners: &[Owner]) -> Vec<String> {
        let waiting = owners
            .iter()
            .filter(|owner| self.nodes.get(&owner.uid).is_some_and(|node| node.phase == Phase::Foreground));
        waiting.map(|owner| owner.uid.clone()).collect()
    }

    fn unlink(&mut self, uid: &str) {
        let Some(node) = self.nodes.get(uid) else { return };
        for owner in &node.owners {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(uid);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
    }

    pub(super) fn node(&self, uid: &str) -> Option<&Node> {
        self.nodes.get(uid)
    }

    /// The uids of the objects that name `uid` as an owner.
    pub(super) fn dependents(&self, uid: &str) -> Vec<String> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    /// Whether an owner waits for any dependent.
    pub(super) fn is_blocked(&self, uid: &str) -> bool {
        self.dependents
            .get(uid)
            .into_iter()
            .flatten()
            .filter_map(|dependent| self.nodes.get(dependent))
            .any(|dependent| dependent.owners.iter().any(|owner| owner.uid == uid && owner.blocks()))
    }
}
