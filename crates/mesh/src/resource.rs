//! One object of a world.

use std::sync::Arc;

use manifest::{Location, Manifest, ObjectId};

use crate::recorder::Mark;
use crate::{Field, KindName};

/// One object of a [`crate::World`], under the identity that the world gave it: without a namespace if its kind has none,
/// in the world's default namespace if it does not say.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'w> {
    entry: &'w Entry,
}

/// What a world keeps of an object.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: ObjectId,
    /// `Kind.group`.
    pub(crate) kind: Arc<str>,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) applied_by: Option<ObjectId>,
    /// Where it stands in its world.
    pub(crate) position: usize,
    /// Whether somebody looked for it, if it has no namespace.
    pub(crate) mark: Mark,
}

impl<'w> Resource<'w> {
    pub(crate) fn new(entry: &'w Entry) -> Resource<'w> {
        Resource { entry }
    }

    /// What its world keeps of it.
    pub(crate) fn entry(self) -> &'w Entry {
        self.entry
    }

    /// Where it stands in its world: what indexes keep of it.
    pub(crate) fn position(self) -> usize {
        self.entry.position
    }

    /// Its identity.
    pub fn id(self) -> &'w ObjectId {
        &self.entry.id
    }

    /// Its kind without the group.
    pub fn kind(self) -> &'w str {
        &self.entry.id.kind
    }

    /// Its namespace; empty if its kind has none.
    pub fn namespace(self) -> &'w str {
        &self.entry.id.namespace
    }

    /// Its name.
    pub fn name(self) -> &'w str {
        &self.entry.id.name
    }

    /// Whether it is of a kind.
    pub fn is(self, kind: KindName) -> bool {
        &*self.entry.kind == kind.as_str()
    }

    /// Its `apiVersion`.
    pub fn api_version(self) -> &'w str {
        self.root().text("apiVersion")
    }

    /// The whole object.
    pub fn root(self) -> Field<'w> {
        Field::root(&self.entry.manifest)
    }

    /// Its `spec`, if it has one.
    pub fn spec(self) -> Option<Field<'w>> {
        self.root().get("spec")
    }

    /// The value behind a path of member names.
    pub fn at(self, path: &[&str]) -> Option<Field<'w>> {
        self.root().at(path)
    }

    /// The items of the list behind a path of member names.
    pub fn list(self, path: &[&str]) -> impl DoubleEndedIterator<Item = Field<'w>> + Clone + use<'w> {
        self.at(path).into_iter().flat_map(Field::items)
    }

    /// Its labels.
    pub fn labels(self) -> impl Iterator<Item = (&'w str, &'w str)> + use<'w> {
        let labels = self.at(&["metadata", "labels"]).into_iter().flat_map(Field::members);
        labels.filter_map(|(name, value)| Some((name, value.as_str()?)))
    }

    /// A label's value.
    pub fn label(self, name: &str) -> Option<&'w str> {
        self.entry.manifest.label(name)
    }

    /// An annotation's value.
    pub fn annotation(self, name: &str) -> Option<&'w str> {
        self.entry.manifest.annotation(name)
    }

    /// Where it was written.
    pub fn location(self) -> Option<Location> {
        self.entry.manifest.origin.location.clone()
    }

    /// The Kustomization or HelmRelease that applies it, if that is known.
    pub fn applied_by(self) -> Option<&'w ObjectId> {
        self.entry.applied_by.as_ref()
    }

    /// The object as it was declared.
    pub fn manifest(self) -> &'w Arc<Manifest> {
        &self.entry.manifest
    }
}

/// The same object of the same world.
impl PartialEq for Resource<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.entry, other.entry)
    }
}

/// The order in which Istio reads objects: the oldest first, then by name and namespace. Manifests rarely say when they
/// were created; then the name decides.
pub(crate) fn by_age<'w>(resource: Resource<'w>) -> (&'w str, &'w str, &'w str) {
    let created = resource.at(&["metadata", "creationTimestamp"]).and_then(Field::as_str).unwrap_or_default();
    (created, resource.name(), resource.namespace())
}
