//! Which Kustomizations list which objects in their inventories, and who waits for another one to let go of some.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use manifest::{ObjectId, Value};
use plan::inventory::Inventory;

use crate::Key;

/// An index of all inventories. It holds digests: what has the same one is to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    listed: BTreeSet<(u64, Key)>,
    /// Who leaves objects to whom.
    yielding: BTreeMap<Key, BTreeSet<Key>>,
}

/// What one Kustomization lists.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    /// Digest of the cluster that it applies to.
    target: u64,
    objects: Box<[u64]>,
}

impl Claimed {
    /// Of a Kustomization. One that is being deleted keeps nothing.
    pub(crate) fn of(kustomization: &Value) -> Claimed {
        let target = target(kustomization);
        if kustomization["metadata"]["deletionTimestamp"].is_string() {
            return Claimed { target, objects: Box::default() };
        }
        let entries = kustomization["status"]["inventory"]["entries"].as_array().into_iter().flatten();
        let objects = entries.filter_map(|entry| Some(digest(target, entry["id"].as_str()?))).collect();
        Claimed { target, objects }
    }

    /// The digest of an object in the same cluster.
    pub(crate) fn object(&self, id: &ObjectId) -> u64 {
        digest(self.target, &id.to_inventory())
    }
}

impl Claims {
    pub(crate) fn add(&mut self, key: &Key, claimed: &Claimed) {
        self.listed.extend(claimed.objects.iter().map(|object| (*object, key.clone())));
    }

    pub(crate) fn remove(&mut self, key: &Key, claimed: &Claimed) {
        for object in &claimed.objects {
            self.listed.remove(&(*object, key.clone()));
        }
    }

    /// Who may list the object with this digest.
    pub(crate) fn of(&self, object: u64) -> impl Iterator<Item = &Key> {
        let from = (object, Key::new("", ""));
        self.listed.range(from..).take_while(move |(listed, _)| *listed == object).map(|(_, key)| key)
    }

    /// From here on `key` leaves objects to `holders`, and to nobody else.
    pub(crate) fn leave_to(&mut self, key: &Key, holders: BTreeSet<Key>) {
        if holders.is_empty() {
            self.yielding.remove(key);
        } else {
            self.yielding.insert(key.clone(), holders);
        }
    }

    /// The same beside those that it leaves objects to already.
    pub(crate) fn leave_to_also(&mut self, key: &Key, holders: impl IntoIterator<Item = Key>) {
        let mut holders = holders.into_iter().peekable();
        if holders.peek().is_some() {
            self.yielding.entry(key.clone()).or_default().extend(holders);
        }
    }

    /// Who leaves objects to `holder`.
    pub(crate) fn yielding_to<'a>(&'a self, holder: &'a Key) -> impl Iterator<Item = &'a Key> {
        self.yielding.iter().filter(|(_, holders)| holders.contains(holder)).map(|(key, _)| key)
    }
}

/// Whether a Kustomization's inventory lists an object and will go on to.
pub(crate) fn lists(kustomization: &Value, id: &ObjectId) -> bool {
    let is_going = kustomization["metadata"]["deletionTimestamp"].is_string();
    !is_going
        && Inventory::from_status(&kustomization["status"]["inventory"]).is_ok_and(|inventory| inventory.contains(id))
}

/// Whether two Kustomizations apply to the same cluster.
pub(crate) fn share_cluster(one: &Value, other: &Value) -> bool {
    target(one) == target(other)
}

/// The cluster that a Kustomization applies to: the one at home, or that of a Secret.
fn target(kustomization: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    let elsewhere = &kustomization["spec"]["kubeConfig"];
    if !elsewhere.is_null() {
        (elsewhere, &kustomization["metadata"]["namespace"]).hash(&mut hasher);
    }
    hasher.finish()
}

fn digest(target: u64, object: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (target, object).hash(&mut hasher);
    hasher.finish()
}
