//! What the store holds: records, the keys they stand at, and the events that changed them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// The objects of one resource, in all its versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionKey {
    /// Storage group; empty for the core group.
    pub group: String,
    /// Plural name.
    pub plural: String,
}

/// `plural.group`.
impl fmt::Display for CollectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(&self.plural) } else { write!(f, "{}.{}", self.plural, self.group) }
    }
}

/// Where an object stands inside its collection. Lists are in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ObjectKey {
    /// Of an object that has a name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> ObjectKey {
        ObjectKey { namespace: namespace.into(), name: name.into() }
    }
}

/// One object at one revision, as JSON that already carries its `resourceVersion`.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub key: ObjectKey,
    /// The revision that wrote it.
    pub revision: u64,
    /// The `apiVersion` it is written in.
    pub api_version: String,
    /// The object as JSON.
    pub json: Bytes,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "apiVersion", default)]
    api_version: String,
}

impl Record {
    /// Serialises `object` as written at `revision`.
    pub(super) fn of(key: ObjectKey, revision: u64, object: &mut Value) -> Result<Record, serde_json::Error> {
        let api_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), Value::String(revision.to_string()));
        }
        Ok(Record { key, revision, api_version, json: serde_json::to_vec(object)?.into() })
    }

    /// Reads back what a journal kept.
    pub(super) fn from_json(key: ObjectKey, revision: u64, json: Bytes) -> Result<Record, serde_json::Error> {
        let header: Header = serde_json::from_slice(&json)?;
        Ok(Record { key, revision, api_version: header.api_version, json })
    }

    /// The object, parsed.
    pub fn object(&self) -> Value {
        // A record is only ever made from a serialised `Value`, or from JSON that parsed when the journal was read.
        serde_json::from_slice(&self.json).unwrap_or_default()
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was created or updated.
    Put,
    /// It was removed.
    Deleted,
}

/// One committed write.
#[derive(Debug, Clone)]
pub struct Event {
    /// The collection it happened in.
    pub collection: Arc<CollectionKey>,
    /// What happened.
    pub change: Change,
    /// The object after the write; of a deleted object its last state, at the revision of the deletion.
    pub current: Arc<Record>,
    /// The object before the write; absent for a creation.
    pub previous: Option<Arc<Record>>,
}

impl Event {
    /// The revision of the write.
    pub fn revision(&self) -> u64 {
        self.current.revision
    }
}
