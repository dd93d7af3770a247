//! Watch-fed caches, one per kind, shared by all controllers.

mod kind;
mod reflector;
mod store;
mod world;

pub(crate) use kind::{Kind, Watched};
pub(crate) use store::{Change, Key, Store, controller_uid};
pub(crate) use world::World;
