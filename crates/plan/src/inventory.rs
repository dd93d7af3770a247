//! What a Kustomization applied, as `status.inventory` keeps it.

use std::collections::BTreeSet;

use manifest::{GroupVersionKind, ObjectId};
use serde_json::{Value, json};

use crate::order;

/// One applied object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Which object.
    pub id: ObjectId,
    /// The API version (without group) it was last applied in, such as `v1`.
    pub version: String,
}

impl Entry {
    /// The type at the version it was last applied in.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind { group: self.id.group.clone(), version: self.version.clone(), kind: self.id.kind.clone() }
    }

    /// Of an applied object.
    pub fn of(object: &Value) -> Option<Entry> {
        Some(Entry { id: ObjectId::of(object)?, version: GroupVersionKind::of(object)?.version })
    }
}

/// The objects that a Kustomization applied, in the order they were applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// The objects.
    pub entries: Vec<Entry>,
}

/// A `status.inventory` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// An entry's id is not `namespace_name_group_Kind`.
    #[error(
        "status.inventory.entries[{index}].id {id:?} is not namespace_name_group_Kind; \
         something else than a reconciler wrote it, so correct or remove that entry"
    )]
    Id {
        /// Position of the entry.
        index: usize,
        /// What stands there.
        id: String,
    },
    /// `entries` is not a list of objects.
    #[error("status.inventory.entries must be a list of objects with `id` and `v`, found {found}")]
    Shape {
        /// What stands there.
        found: String,
    },
}

impl Inventory {
    /// Reads `status.inventory`; a missing one (`null`) is empty.
    pub fn from_status(inventory: &Value) -> Result<Inventory, InventoryError> {
        let entries = match &inventory["entries"] {
            Value::Null => return Ok(Inventory::default()),
            Value::Array(entries) => entries,
            other => return Err(InventoryError::Shape { found: other.to_string() }),
        };
        let read = |(index, entry): (usize, &Value)| {
            let id = entry["id"].as_str().ok_or_else(|| InventoryError::Shape { found: entry.to_string() })?;
            let parsed = ObjectId::from_inventory(id).ok_or_else(|| InventoryError::Id { index, id: id.to_owned() })?;
            Ok(Entry { id: parsed, version: entry["v"].as_str().unwrap_or_default().to_owned() })
        };
        Ok(Inventory { entries: entries.iter().enumerate().map(read).collect::<Result<_, _>>()? })
    }

    /// As `status.inventory`.
    pub fn to_status(&self) -> Value {
        let entries: Vec<Value> =
            self.entries.iter().map(|entry| json!({ "id": entry.id.to_inventory(), "v": entry.version })).collect();
        json!({ "entries": entries })
    }

    /// Adds an entry unless the object is already there.
    pub fn add(&mut self, entry: Entry) {
        if !self.contains(&entry.id) {
            self.entries.push(entry);
        }
    }

    /// Whether the object is in it, in any version.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.entries.iter().any(|entry| entry.id == *id)
    }

    /// What this inventory has and `new` has not: the objects to prune, in the order to delete them.
    pub fn diff(&self, new: &Inventory) -> Vec<Entry> {
        let kept: BTreeSet<&ObjectId> = new.entries.iter().map(|entry| &entry.id).collect();
        let mut stale: Vec<Entry> = self.entries.iter().filter(|entry| !kept.contains(&entry.id)).cloned().collect();
        stale.sort_by(|a, b| order::compare_for_delete(&a.id, &b.id));
        stale.dedup_by(|a, b| a.id == b.id);
        stale
    }
}
