//! The object that is judged.

use mesh::{Field, KindName, Resource};

/// An object under the identity that its world gave it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'w> {
    /// The whole object.
    pub root: Field<'w>,
    /// Its namespace, the default one filled in; empty for none.
    pub namespace: &'w str,
}

impl<'w> From<Resource<'w>> for Subject<'w> {
    fn from(resource: Resource<'w>) -> Subject<'w> {
        Subject { root: resource.root(), namespace: resource.namespace() }
    }
}

impl<'w> Subject<'w> {
    /// Its name.
    pub fn name(self) -> &'w str {
        self.root.at(&["metadata", "name"]).and_then(Field::as_str).unwrap_or_default()
    }

    /// Its API group; empty for the core group.
    pub fn group(self) -> &'w str {
        self.root.text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Whether it is of a kind, whatever the version.
    pub fn is(self, kind: KindName) -> bool {
        self.root.text("kind") == kind.kind() && self.group() == kind.group()
    }

    /// Its `spec`; the object itself where there is none, so that what is missing has a place.
    pub fn spec(self) -> Field<'w> {
        self.root.get("spec").unwrap_or(self.root)
    }

    /// One of its annotations.
    pub fn annotation(self, name: &str) -> Option<Field<'w>> {
        self.root.at(&["metadata", "annotations", name])
    }
}

/// A group as a message names it.
pub(super) fn group_in_words(group: &str) -> String {
    if group.is_empty() { "the core group".to_owned() } else { format!("the group `{group}`") }
}
