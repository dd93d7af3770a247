//! Watch-fed caches, one per kind, shared by all controllers.

mod form;
mod head;
mod key;
mod kind;
mod reflector;
mod store;
mod world;

pub(crate) use form::{Form, Text};
pub(crate) use head::{Head, Owner};
pub(crate) use key::Key;
pub(crate) use kind::{Kind, Watched};
pub(crate) use store::{Change, Store};
pub(crate) use world::World;
