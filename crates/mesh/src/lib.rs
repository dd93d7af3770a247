//! What a service mesh means: views of the objects that configure it, and the decisions that follow from them.
//!
//! A [`World`] holds the objects of a cluster as they are declared. [`Resource`] is one of them, [`Field`] one value inside
//! it that knows where it was written. Views borrow, so nothing of an object is lost or copied, and a broken object is
//! as readable as a whole one. Pure: no I/O, no clock, no environment.

pub mod access;
mod arrangement;
pub mod cidr;
mod extension;
pub mod field;
pub mod host;
mod index;
mod jwt;
pub mod kind;
pub mod membership;
pub mod mesh_config;
mod path;
pub mod protocol;
pub mod reads;
pub mod reasoning;
mod recorder;
pub mod request;
pub mod resource;
pub mod route;
pub mod selector;
pub mod service;
pub mod string_match;
pub mod testing;
pub mod transport;
pub mod visibility;
mod waypoint;
pub mod workload;
pub mod world;

pub use field::Field;
pub use index::Coverage;
pub use kind::{KindName, Scope};
pub use membership::{DeclaredProxy, NamespaceInjection, Proxy};
pub use mesh_config::MeshConfig;
pub use protocol::Protocol;
pub use reads::Reads;
pub use reasoning::{Outcome, Reasoning};
pub use request::{Client, Request};
pub use resource::Resource;
pub use service::{Service, ServicePort};
pub use workload::{Workload, WorkloadKind};
pub use world::{World, WorldObject, WorldOptions};
