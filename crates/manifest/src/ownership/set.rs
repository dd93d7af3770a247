//! Sets of field paths.

use serde_json::Value;

use super::path::Path;
use crate::topology::Topology;

/// A set of field paths, as `managedFields[].fieldsV1` holds it. A path in the set says nothing about its parents or
/// children.
#[derive(Debug, Clone, Default)]
pub struct FieldSet {}

impl FieldSet {
    /// The fields that `value` mentions: leaves, items and empty containers.
    pub fn of(value: &Value, topology: &Topology) -> FieldSet {
        todo!("{value} {topology:?}")
    }

    /// From the JSON of a `fieldsV1`.
    pub fn decode(fields: &Value) -> Result<FieldSet, super::ManagedFieldsError> {
        todo!("{fields}")
    }

    /// As the JSON of a `fieldsV1`.
    pub fn encode(&self) -> Value {
        todo!()
    }

    /// As the text of a `fieldsV1`, in upstream's order of members.
    pub fn encode_text(&self) -> String {
        todo!()
    }

    /// Whether no path is in the set.
    pub fn is_empty(&self) -> bool {
        todo!()
    }

    /// All paths, parents before children.
    pub fn paths(&self) -> Vec<Path> {
        todo!()
    }

    /// The paths as people read them: `.spec.containers[name="web"].image`.
    pub fn names(&self) -> Vec<String> {
        todo!()
    }

    /// Paths in either.
    pub fn union(&self, other: &FieldSet) -> FieldSet {
        todo!("{other:?}")
    }

    /// Paths in both.
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        todo!("{other:?}")
    }

    /// Paths in `self` that are not in `other`.
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        todo!("{other:?}")
    }

    /// Paths in `self` that neither are in `other` nor lie below a path in `other`.
    pub fn recursive_difference(&self, other: &FieldSet) -> FieldSet {
        todo!("{other:?}")
    }

    /// The part of `object` that the set covers, with the keys of list items it goes through.
    pub fn project(&self, object: &Value, topology: &Topology) -> Value {
        todo!("{object} {topology:?}")
    }
}
