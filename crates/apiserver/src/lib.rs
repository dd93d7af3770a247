//! An embedded Kubernetes-compatible API server: storage, watch, field management, CRDs.
//!
//! Requests enter through [`http`], are matched to a [`registry::Resource`], pass admission (defaulting, pruning,
//! validation), field management, and end in [`storage`]. Nothing here knows Tenter's engine: the two meet only at HTTP
//! semantics.

pub mod builtin;
pub mod crd;
pub mod discovery;
pub mod openapi;
pub mod registry;
pub mod reviews;
pub mod schema;
pub mod table;
