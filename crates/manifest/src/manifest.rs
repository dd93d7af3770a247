//! One desired object and where it came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::{Diagnostic, GroupVersionKind, Location, ObjectId};

/// Where a rendered object came from, kept through every transformation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The first line of the object's document, or of the generator entry that made it.
    pub location: Option<Location>,
    /// Line and column of every field of the document as it was read, by JSON pointer (`/spec/replicas`). Shared,
    /// because most objects of a file are never asked.
    pub fields: Option<Arc<BTreeMap<String, (u32, u32)>>>,
    /// The `kustomization.yaml` files that led to the object, outermost first.
    pub through: Arc<[Location]>,
}

impl Origin {
    /// The place of the field at a JSON pointer, or of its nearest known parent, or of the object.
    pub fn field(&self, pointer: &str) -> Option<Location> {
        let location = self.location.as_ref()?;
        let mut pointer = pointer;
        while let Some(fields) = self.fields.as_deref().filter(|_| !pointer.is_empty()) {
            if let Some(&(line, column)) = fields.get(pointer) {
                return Some(Location { file: location.file.clone(), line, column });
            }
            pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        Some(location.clone())
    }
}

/// One object as Git declares it: its value, and where each part was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The object: always a JSON object with `apiVersion`, `kind` and `metadata.name`; whoever changes it keeps it so.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Manifest {
    /// A manifest of `value`, which must be an object with a type and a name.
    pub fn new(value: Value, origin: Origin) -> Result<Manifest, Diagnostic> {
        let missing = if GroupVersionKind::of(&value).is_none() {
            "`apiVersion` and `kind`"
        } else if ObjectId::of(&value).is_none() {
            "`metadata.name`"
        } else {
            return Ok(Manifest { value, origin });
        };
        let diagnostic = Diagnostic::error(format!("a Kubernetes object needs {missing}"))
            .with_hint("Complete the object, or keep files that hold no objects out of `resources`.");
        Err(match origin.location {
            Some(location) => diagnostic.at(location),
            None => diagnostic,
        })
    }

    /// Its identity.
    pub fn id(&self) -> ObjectId {
        ObjectId::of(&self.value).unwrap_or_else(|| unreachable!("Manifest::new checked the type and the name"))
    }

    /// Its type.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::of(&self.value).unwrap_or_else(|| unreachable!("Manifest::new checked the type"))
    }

    /// A label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value.get("metadata")?.get("labels")?.get(key)?.as_str()
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value.get("metadata")?.get("annotations")?.get(key)?.as_str()
    }
}
