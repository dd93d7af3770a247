//! `metadata.managedFields`.

use serde_json::Value;

use super::set::FieldSet;

/// How a manager came to own its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// Server-side apply.
    Apply,
    /// Create, update or any other patch.
    Update,
}

/// One entry of `metadata.managedFields`.
#[derive(Debug, Clone)]
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

/// `metadata.managedFields` of an object.
#[derive(Debug, Clone, Default)]
pub struct ManagedFields {
    entries: Vec<Entry>,
}

/// Why a `managedFields` list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManagedFieldsError {
    /// `operation` is missing or unknown.
    #[error("managedFields[{index}].operation must be `Apply` or `Update`")]
    Operation {
        /// Position of the entry.
        index: usize,
    },
}

impl ManagedFields {
    /// Of an object; empty where it has none.
    pub fn of(object: &Value) -> Result<ManagedFields, ManagedFieldsError> {
        todo!("{object}")
    }

    /// From the value of `metadata.managedFields`.
    pub fn decode(list: &Value) -> Result<ManagedFields, ManagedFieldsError> {
        todo!("{list}")
    }

    /// As the value of `metadata.managedFields`, in the API server's order.
    pub fn encode(&self) -> Value {
        todo!()
    }

    /// The entries, in the API server's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What `manager` owns by apply, if it ever applied.
    pub fn applied_by(&self, manager: &str, subresource: &str) -> Option<&FieldSet> {
        todo!("{manager} {subresource}")
    }
}

/// `managed` with the fields of every entry that `matches` handed over to `into`'s Apply entry. `None` when no entry
/// matches.
pub fn absorb(managed: &ManagedFields, matches: impl Fn(&Entry) -> bool, into: &str) -> Option<ManagedFields> {
    todo!("{managed:?} {into} {}", matches(&managed.entries[0]))
}
