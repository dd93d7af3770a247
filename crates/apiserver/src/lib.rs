//! An embedded Kubernetes-compatible API server: storage, watch, field management, CRDs.
//!
//! Requests enter through [`http`], are matched to a [`registry::Resource`], pass admission (defaulting, pruning,
//! validation), field management, and end in [`storage`]. Nothing here knows Tenter's engine: the two meet only at HTTP
//! semantics.

mod allocations;
mod authentication;
mod authorization;
mod bootstrap;
pub mod builtin;
mod cel;
mod collect;
mod config;
mod core;
pub mod crd;
pub mod discovery;
pub mod error;
mod field_management;
pub mod http;
mod identity;
mod metadata;
pub mod openapi;
pub mod registry;
pub mod reviews;
pub mod schema;
mod selector;
mod serve;
mod server;
pub mod storage;
mod strategy;
pub mod table;
mod verbs;

pub use config::{Config, Limits, Storage};
pub use http::{ApiService, ResponseBody};
pub use identity::NoRandomness;
pub use serve::{CredentialsError, Endpoint, ServeError};
pub use server::{ApiServer, OpenError};
