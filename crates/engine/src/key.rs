//! Names of the objects that are reconciled.

use std::fmt;
use std::sync::Arc;

use kinds::flux::Metadata;
use plan::labels::{Applier, Owner};

/// Namespace and name. Many indexes hold the same one, so clones share the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl Key {
    /// From its parts.
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }

    /// Of an object's metadata.
    pub fn of(metadata: &Metadata) -> Key {
        Key::new(&*metadata.namespace, &*metadata.name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Kind and key of an object that applies others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject {
    pub(crate) applier: Applier,
    pub(crate) key: Key,
}

impl From<&Subject> for Owner {
    fn from(subject: &Subject) -> Owner {
        Owner::new(subject.applier, &*subject.key.namespace, &*subject.key.name)
    }
}

impl From<&Owner> for Subject {
    fn from(owner: &Owner) -> Subject {
        Subject { applier: owner.applier, key: Key::from(owner) }
    }
}

impl From<&Owner> for Key {
    fn from(owner: &Owner) -> Key {
        Key::new(&*owner.namespace, &*owner.name)
    }
}
