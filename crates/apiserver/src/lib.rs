//! An embedded Kubernetes-compatible API server: storage, watch, field management, CRDs.
//!
//! Requests enter through [`http`], are matched to a [`registry::Resource`], pass admission (defaulting, pruning,
//! validation), field management, and end in [`storage`]. Nothing here knows Tenter's engine: the two meet only at HTTP
//! semantics.

pub mod registry;
