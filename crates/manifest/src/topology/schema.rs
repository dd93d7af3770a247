//! Topologies from OpenAPI schemas.

use serde_json::Value;

use super::Topology;
use crate::GroupVersionKind;

/// Of a CRD's `openAPIV3Schema`, or of any schema without references: `x-kubernetes-list-type`, `-list-map-keys` with
/// their properties' defaults, `-map-type`, `-preserve-unknown-fields`, `-embedded-resource`, `-patch-strategy`.
pub fn from_schema(schema: &Value) -> Topology {
    todo!("{schema}")
}

/// Of the definition that an OpenAPI document (v2 `definitions` or v3 `components.schemas`) has for a kind, if any.
/// References inside the document are followed by name, so types may be recursive.
pub fn from_document(document: &Value, gvk: &GroupVersionKind) -> Option<Topology> {
    todo!("{document} {gvk}")
}
