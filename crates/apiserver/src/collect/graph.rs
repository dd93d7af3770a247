//! Which object owns which.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::Note;
use super::uid::Uid;
use crate::storage::{Change, CollectionKey, ObjectKey};
use crate::verbs::{FOREGROUND, ORPHAN};

/// One entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) api_version: Box<str>,
    pub(super) kind: Box<str>,
    pub(super) uid: Uid,
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

/// An object that has owners, or whose deletion waits for its dependents.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) collection: Arc<CollectionKey>,
    pub(super) key: Arc<ObjectKey>,
    pub(super) owners: Box<[Owner]>,
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
    uid: Uid,
    #[serde(default)]
    owner_references: Vec<Owner>,
    #[serde(default)]
    finalizers: Vec<String>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
}

/// Which objects there are, and the references between them in both directions. Most objects own nothing and have no
/// owner; of those only the uid and the key are held.
#[derive(Debug, Default)]
pub(super) struct Graph {
    objects: HashMap<Uid, Arc<ObjectKey>>,
    nodes: HashMap<Uid, Node>,
    /// Owner and dependent.
    references: BTreeSet<(Uid, Uid)>,
}

impl Graph {
    /// Takes in a write, and returns the uids that have to be looked at because of it.
    pub(super) fn take(&mut self, note: &Note<'_>) -> Vec<Uid> {
        let json = note.record.json();
        let Ok(Partial { metadata }) = serde_json::from_slice::<Partial>(&json) else { return Vec::new() };
        let uid = metadata.uid;
        self.unlink(&uid);
        match note.change {
            Change::Put => {
                let terminating = metadata.deletion_timestamp.is_some();
                let has = |finalizer: &str| terminating && metadata.finalizers.iter().any(|one| one == finalizer);
                let phase = match (has(ORPHAN), has(FOREGROUND)) {
                    (true, _) => Phase::Orphaning,
                    (false, true) => Phase::Foreground,
                    (false, false) => Phase::Plain,
                };
                self.objects.insert(uid.clone(), Arc::clone(&note.record.key));
                let owners = metadata.owner_references.into_boxed_slice();
                // A dependent that no longer blocks may have been the last one its owner waited for.
                let mut look = self.waiting(&owners);
                if !owners.is_empty() || phase != Phase::Plain {
                    look.push(uid.clone());
                    self.references.extend(owners.iter().map(|owner| (owner.uid.clone(), uid.clone())));
                    let collection = Arc::clone(note.collection);
                    let key = Arc::clone(&note.record.key);
                    self.nodes.insert(uid, Node { collection, key, owners, phase, terminating });
                }
                look
            }
            Change::Deleted => {
                self.objects.remove(&uid);
                let mut look = self.dependents(&uid);
                look.extend(self.waiting(&metadata.owner_references));
                look
            }
        }
    }

    /// The uids of the owners that wait for dependents to go.
    fn waiting(&self, owners: &[Owner]) -> Vec<Uid> {
        let waiting = owners.iter().filter(|owner| self.phase(&owner.uid) == Phase::Foreground);
        waiting.map(|owner| owner.uid.clone()).collect()
    }

    /// Forgets what an object said about itself.
    fn unlink(&mut self, uid: &Uid) {
        let Some(node) = self.nodes.remove(uid) else { return };
        for owner in node.owners {
            self.references.remove(&(owner.uid, uid.clone()));
        }
    }

    /// Where an object stands, if it exists.
    pub(super) fn key(&self, uid: &Uid) -> Option<&ObjectKey> {
        self.objects.get(uid).map(|key| &**key)
    }

    pub(super) fn node(&self, uid: &Uid) -> Option<&Node> {
        self.nodes.get(uid)
    }

    pub(super) fn phase(&self, uid: &Uid) -> Phase {
        self.nodes.get(uid).map_or(Phase::Plain, |node| node.phase)
    }

    /// The uids of the objects that name `uid` as an owner.
    pub(super) fn dependents(&self, uid: &Uid) -> Vec<Uid> {
        self.dependents_of(uid).cloned().collect()
    }

    fn dependents_of(&self, uid: &Uid) -> impl Iterator<Item = &Uid> {
        let least = (uid.clone(), Uid::Uuid([0; 16]));
        self.references.range(least..).take_while(move |(owner, _)| owner == uid).map(|(_, dependent)| dependent)
    }

    /// Whether an owner waits for any dependent.
    pub(super) fn is_blocked(&self, uid: &Uid) -> bool {
        self.dependents_of(uid)
            .filter_map(|dependent| self.nodes.get(dependent))
            .any(|dependent| dependent.owners.iter().any(|owner| owner.uid == *uid && owner.blocks()))
    }
}
