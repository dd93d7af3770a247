//! Kubernetes manifests as data: ids, locations, diagnostics, the file [`Tree`], YAML with Go semantics, patches, and
//! field ownership.
//!
//! Everything else depends on this crate and it depends on nothing of ours. It is pure: no I/O, no clock, no
//! environment, no globals.

pub mod definition;
pub mod diagnostic;
pub mod duration;
pub mod go_json;
pub mod manifest;
pub mod object;
pub mod ownership;
pub mod packed;
pub mod patch;
pub mod redact;
pub mod semver_range;
pub mod takeover;
pub mod topology;
pub mod tree;
pub mod wildcard;
pub mod yaml;

pub use definition::Definition;
pub use diagnostic::{Diagnostic, Location, Severity};
pub use manifest::{Manifest, Origin};
pub use object::{GroupVersionKind, ObjectId};
pub use packed::{Packed, Packer};
pub use redact::Redacted;
pub use serde_json::Value;
pub use tree::Tree;
pub use wildcard::Wildcard;
