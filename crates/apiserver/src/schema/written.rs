//! Schemas of custom resources as they were written.

use std::sync::Arc;

use serde_json::Value;

/// An `openAPIV3Schema`, kept as text: parsed it takes ten times as much, and what is made from it is made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSchema(Arc<str>);

impl WrittenSchema {
    /// Keeps a schema.
    pub fn new(schema: &Value) -> WrittenSchema {
        WrittenSchema(schema.to_string().into())
    }

    /// The schema as JSON.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The schema, parsed.
    pub fn read(&self) -> Value {
        // It is the text of a `Value`.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}
