//! What the store holds: records, the keys they stand at, and the events that changed them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use manifest::Packed;
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
    /// Where it stands; shared by the records of the same object.
    pub key: Arc<ObjectKey>,
    /// The revision that wrote it.
    pub revision: u64,
    /// The `apiVersion` it is written in; shared by the records of the resource.
    pub api_version: Arc<str>,
    /// The object.
    pub(super) document: Packed,
}

impl Record {
    /// The object as JSON.
    pub fn json(&self) -> Bytes {
        self.document.unpack().into()
    }

    /// The object, parsed.
    pub fn object(&self) -> Value {
        // A record is only ever made from a serialised `Value`, or from JSON that parsed when the journal was read.
        serde_json::from_slice(&self.json()).unwrap_or_default()
    }

    /// Bytes that it takes, but for what it shares with other records.
    pub(super) fn size(&self) -> usize {
        size_of::<Record>() - size_of::<Packed>() + self.document.size()
    }
}

/// A write that passed its checks, on its way to the journal and into its collection.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) collection: CollectionKey,
    pub(super) change: Change,
    pub(super) key: ObjectKey,
    pub(super) revision: u64,
    pub(super) api_version: String,
    pub(super) json: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "apiVersion", default)]
    api_version: String,
}

impl Draft {
    /// Serialises `object` as written at `revision`.
    pub(super) fn of(
        (collection, key): (CollectionKey, ObjectKey),
        change: Change,
        revision: u64,
        mut object: Value,
    ) -> Result<Draft, serde_json::Error> {
        let api_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), Value::String(revision.to_string()));
        }
        Ok(Draft { collection, change, key, revision, api_version, json: serde_json::to_vec(&object)? })
    }

    /// Reads back what a journal kept.
    pub(super) fn from_json(
        (collection, key): (CollectionKey, ObjectKey),
        revision: u64,
        json: &[u8],
    ) -> Result<Draft, serde_json::Error> {
        let Header { api_version } = serde_json::from_slice(json)?;
        Ok(Draft { collection, change: Change::Put, key, revision, api_version, json: json.to_vec() })
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

    /// Bytes that are kept only because the event is: its own, and the state that it took away.
    pub(super) fn size(&self) -> usize {
        let ended = match self.change {
            Change::Put => 0,
            Change::Deleted => self.current.size(),
        };
        size_of::<Event>() + ended + self.previous.as_ref().map_or(0, |previous| previous.size())
    }
}
