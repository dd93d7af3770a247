//! Names of the objects that are reconciled.

use std::fmt;
use std::sync::Arc;

use kinds::flux::Metadata;
use plan::labels::Owner;

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

impl From<&Key> for Owner {
    fn from(key: &Key) -> Owner {
        Owner::new(&*key.namespace, &*key.name)
    }
}

impl From<&Owner> for Key {
    fn from(owner: &Owner) -> Key {
        Key::new(&*owner.namespace, &*owner.name)
    }
}
