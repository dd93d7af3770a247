//! `metadata.managedFields`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::set::FieldSet;

/// How a manager came to own its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// Server-side apply.
    Apply,
    /// Create, update or any other patch.
    Update,
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OperationKind::Apply => "Apply",
            OperationKind::Update => "Update",
        })
    }
}

/// One entry of `metadata.managedFields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the manager.
    pub manager: String,
    /// How it came to own the fields.
    pub operation: OperationKind,
    /// Version the fields are in.
    pub api_version: String,
    /// When it last changed something, RFC 3339 in UTC.
    pub time: Option<String>,
    /// Subresource it wrote to; empty for the object itself.
    pub subresource: String,
    /// The fields.
    pub fields: FieldSet,
}

/// What tells entries apart: an applier has one entry whatever version it applied in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ManagerId {
    pub(super) manager: String,
    pub(super) operation: OperationKind,
    /// Empty for appliers.
    pub(super) api_version: String,
    pub(super) subresource: String,
}

impl Entry {
    pub(super) fn id(&self) -> ManagerId {
        ManagerId {
            manager: self.manager.clone(),
            operation: self.operation,
            api_version: match self.operation {
                OperationKind::Apply => String::new(),
                OperationKind::Update => self.api_version.clone(),
            },
            subresource: self.subresource.clone(),
        }
    }

    fn decode(index: usize, entry: &Value) -> Result<Entry, ManagedFieldsError> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let operation = match text("operation") {
            "Apply" => OperationKind::Apply,
            "Update" => OperationKind::Update,
            _ => return Err(ManagedFieldsError::Operation { index }),
        };
        if text("apiVersion").is_empty() {
            return Err(ManagedFieldsError::ApiVersion { index });
        }
        match text("fieldsType") {
            "FieldsV1" => {}
            "" => return Err(ManagedFieldsError::MissingFieldsType { index }),
            other => return Err(ManagedFieldsError::FieldsType { index, found: other.to_owned() }),
        }
        let fields = match entry.get("fieldsV1") {
            None | Some(Value::Null) => FieldSet::default(),
            Some(fields) => FieldSet::decode(fields)?,
        };
        Ok(Entry {
            manager: text("manager").to_owned(),
            operation,
            api_version: text("apiVersion").to_owned(),
            time: entry.get("time").and_then(Value::as_str).map(str::to_owned),
            subresource: text("subresource").to_owned(),
            fields,
        })
    }

    fn encode(&self) -> Value {
        let mut entry = json!({
            "operation": self.operation.to_string(),
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.encode(),
        });
        for (key, value) in
            [("manager", Some(&self.manager)), ("time", self.time.as_ref()), ("subresource", Some(&self.subresource))]
        {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                entry[key] = Value::from(value.as_str());
            }
        }
        entry
    }
}

/// `metadata.managedFields` of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedFields {
    entries: Vec<Entry>,
}

/// Why a `managedFields` list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManagedFieldsError {
    /// It is not a list.
    #[error("metadata.managedFields must be a list of entries, found {found}")]
    NotAList {
        /// What it is, as JSON.
        found: String,
    },
    /// `operation` is missing or unknown.
    #[error("metadata.managedFields[{index}]: operation must be `Apply` or `Update`")]
    Operation {
        /// Position of the entry.
        index: usize,
    },
    /// `apiVersion` is missing.
    #[error("metadata.managedFields[{index}]: apiVersion must not be empty")]
    ApiVersion {
        /// Position of the entry.
        index: usize,
    },
    /// `fieldsType` is missing.
    #[error("metadata.managedFields[{index}]: missing fieldsType, which must be `FieldsV1`")]
    MissingFieldsType {
        /// Position of the entry.
        index: usize,
    },
    /// `fieldsType` is not one we know.
    #[error("metadata.managedFields[{index}]: invalid fieldsType {found:?}, which must be `FieldsV1`")]
    FieldsType {
        /// Position of the entry.
        index: usize,
        /// Its value.
        found: String,
    },
    /// The fields are not an object.
    #[error("fieldsV1 must be an object of path elements, found {found}")]
    FieldsNotAnObject {
        /// What they are, as JSON.
        found: String,
    },
    /// A path element cannot be read.
    #[error("`{text}` is no path element: expected `f:name`, `k:{{…}}`, `v:…` or `i:number`")]
    PathElement {
        /// The element.
        text: String,
    },
    /// The fields nest deeper than any object can.
    #[error("fieldsV1 nests too deep")]
    TooDeep,
}

impl ManagedFields {
    /// Of an object; empty where it has none.
    pub fn of(object: &Value) -> Result<ManagedFields, ManagedFieldsError> {
        match object.get("metadata").and_then(|metadata| metadata.get("managedFields")) {
            None | Some(Value::Null) => Ok(ManagedFields::default()),
            Some(list) => ManagedFields::decode(list),
        }
    }

    /// From the value of `metadata.managedFields`. Of entries for the same manager, operation, version and subresource
    /// the last counts.
    pub fn decode(list: &Value) -> Result<ManagedFields, ManagedFieldsError> {
        let list = list.as_array().ok_or_else(|| ManagedFieldsError::NotAList { found: list.to_string() })?;
        let entries: Result<Vec<Entry>, ManagedFieldsError> =
            list.iter().enumerate().map(|(index, entry)| Entry::decode(index, entry)).collect();
        Ok(entries?.into_iter().collect())
    }

    /// As the value of `metadata.managedFields`, in the API server's order.
    pub fn encode(&self) -> Value {
        Value::Array(self.entries.iter().map(Entry::encode).collect())
    }

    /// The entries, in the API server's order: appliers first, then by time, manager, version and subresource.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nobody owns anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What `manager` owns by apply, if it ever applied.
    pub fn applied_by(&self, manager: &str, subresource: &str) -> Option<&FieldSet> {
        let is_it = |entry: &&Entry| {
            entry.operation == OperationKind::Apply && entry.manager == manager && entry.subresource == subresource
        };
        self.entries.iter().find(is_it).map(|entry| &entry.fields)
    }

    pub(super) fn into_map(self) -> BTreeMap<ManagerId, Entry> {
        self.entries.into_iter().map(|entry| (entry.id(), entry)).collect()
    }
}

/// Puts entries in the API server's order; the last of several for the same manager counts.
impl FromIterator<Entry> for ManagedFields {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> ManagedFields {
        let by_id: BTreeMap<ManagerId, Entry> = entries.into_iter().map(|entry| (entry.id(), entry)).collect();
        let mut entries: Vec<Entry> = by_id.into_values().collect();
        // Times are RFC 3339 in UTC with seconds, so that their text sorts as they do; an entry without one is oldest.
        entries.sort_by(|left, right| {
            let key = |entry: &Entry| {
                let time = entry.time.clone().unwrap_or_default();
                (entry.operation, time, entry.manager.clone(), entry.api_version.clone(), entry.subresource.clone())
            };
            key(left).cmp(&key(right))
        });
        ManagedFields { entries }
    }
}

/// `managed` with the fields of every entry that `matches` handed over to the entry that `into` applies with; `None`
/// when no entry of another manager matches, so that there is nothing to write.
///
/// This is how a controller takes over from the tools that managed the object before it: fields that it does not apply
/// itself are then removed by its next apply. Entries for subresources are handed over to entries for the same
/// subresource. The new entry has the version and time of the youngest entry it took from.
pub fn absorb(managed: &ManagedFields, matches: impl Fn(&Entry) -> bool, into: &str) -> Option<ManagedFields> {
    let is_target = |entry: &Entry| entry.operation == OperationKind::Apply && entry.manager == into;
    let (taken, mut kept): (Vec<Entry>, Vec<Entry>) =
        managed.entries.iter().cloned().partition(|entry| !is_target(entry) && matches(entry));
    if taken.is_empty() {
        return None;
    }
    for entry in taken {
        match kept.iter_mut().find(|kept| is_target(kept) && kept.subresource == entry.subresource) {
            Some(target) => {
                target.fields = target.fields.union(&entry.fields);
                if entry.time > target.time {
                    target.time = entry.time;
                }
            }
            None => kept.push(Entry { manager: into.to_owned(), operation: OperationKind::Apply, ..entry }),
        }
    }
    Some(kept.into_iter().collect())
}
