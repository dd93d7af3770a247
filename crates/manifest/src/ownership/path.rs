//! Paths to fields.

use serde_json::Value;

/// One step from a value into a value inside it.
#[derive(Debug, Clone)]
pub enum PathElement {
    /// The entry of an object.
    Field(String),
    /// The item of a keyed list that has these values, sorted by field name.
    Key(Vec<(String, Value)>),
    /// The item of a set.
    Value(Value),
    /// The item of a list, by position.
    Index(i64),
}

/// A path from the root of an object; shown as `.spec.containers[name="web"].image`.
#[derive(Debug, Clone)]
pub struct Path(pub Vec<PathElement>);
