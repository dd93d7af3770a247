//! How merging sees a type: which lists are maps or sets, which maps are one indivisible value.
//!
//! A [`Topology`] validates nothing. It answers, field by field, the questions that server-side apply and strategic
//! merge patch ask of a schema; where it knows nothing, the value decides (objects merge, lists are replaced).

mod builtin;
mod schema;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

pub use builtin::{builtin, kustomize, kustomize_with};
pub use schema::{from_document, from_schema};

/// A type and everything it refers to. Cheap to clone: the graph is shared.
#[derive(Debug, Clone)]
pub struct Topology {
    types: Arc<[Shape]>,
    root: TypeId,
}

impl Topology {
    /// Of an object nobody has a schema for: objects merge field by field, lists are replaced as a whole.
    pub fn deduced() -> Topology {
        Topology { types: Arc::from([Shape::Deduced]), root: TypeId::DEDUCED }
    }

    /// Of something known to be an object, and no more: unlike one that is deduced, it is not looked up by its kind.
    pub fn undescribed() -> Topology {
        let map = Map { fields: BTreeMap::new(), element: TypeId::DEDUCED, relation: Relation::Granular };
        Topology { types: Arc::from([Shape::Deduced, Shape::Map(map)]), root: TypeId(1) }
    }

    /// The type itself, as a view that can be walked by field name.
    pub fn root(&self) -> Type<'_> {
        Type { types: &self.types, id: self.root }
    }
}

/// One type inside a [`Topology`].
#[derive(Debug, Clone, Copy)]
pub struct Type<'a> {
    types: &'a [Shape],
    id: TypeId,
}

impl<'a> Type<'a> {
    /// What kind of type it is.
    pub fn shape(&self) -> &'a Shape {
        self.types.get(self.id.0).unwrap_or(&Shape::Deduced)
    }

    /// The declared field `name` of a map type with what is known of it, or `None` where the field is not declared.
    pub fn declared(&self, name: &str) -> Option<(&'a Field, Type<'a>)> {
        match self.shape() {
            Shape::Map(map) => map.fields.get(name).map(|field| (field, self.at(field.value))),
            Shape::Deduced | Shape::Scalar | Shape::List(_) => None,
        }
    }

    /// The type of the entry `name` of a map type: the declared field's, otherwise that of the map's elements.
    pub fn field(&self, name: &str) -> Type<'a> {
        match self.shape() {
            Shape::Map(map) => self.at(map.fields.get(name).map_or(map.element, |field| field.value)),
            Shape::Deduced | Shape::Scalar | Shape::List(_) => self.at(TypeId::DEDUCED),
        }
    }

    /// The type of a list's items.
    pub fn element(&self) -> Type<'a> {
        match self.shape() {
            Shape::List(list) => self.at(list.element),
            Shape::Deduced | Shape::Scalar | Shape::Map(_) => self.at(TypeId::DEDUCED),
        }
    }

    fn at(&self, id: TypeId) -> Type<'a> {
        Type { types: self.types, id }
    }
}

/// Where a type stands in its [`Topology`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(usize);

impl TypeId {
    /// The type nothing is known about; it stands first in every graph.
    const DEDUCED: TypeId = TypeId(0);
}

/// What kind of type a type is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Nothing is known: the value decides. Objects merge, lists and scalars are one value.
    Deduced,
    /// Text, number, boolean, or any mix of them.
    Scalar,
    /// An object.
    Map(Map),
    /// A list.
    List(List),
}

/// An object type.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The declared fields. Scalar fields and atomic lists of scalars may be left out: they are one value either way.
    pub fields: BTreeMap<String, Field>,
    /// The type of entries that are not declared.
    pub element: TypeId,
    /// Whether entries have owners of their own.
    pub relation: Relation,
}

/// Whether the parts of an object are owned one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Every entry has its own owner.
    Granular,
    /// The object is one value.
    Atomic,
}

/// A list type.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// How its items are told apart.
    pub kind: ListKind,
    /// The type of its items.
    pub element: TypeId,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq)]
pub enum ListKind {
    /// Not at all: the list is one value.
    Atomic,
    /// By their (scalar) value.
    Set,
    /// By these fields of theirs.
    Keyed(Vec<Key>),
}

/// A field that identifies an item of a keyed list.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Name of the field.
    pub name: String,
    /// The value an item has that leaves the field out, such as `TCP` for a port's `protocol`.
    pub default: Option<Value>,
}

/// A declared field of an object type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its type.
    pub value: TypeId,
    /// What an object holds that does not have the field.
    pub absent: Absent,
    /// What strategic merge patch does with it, where that is not the default.
    pub patch: Option<Patch>,
}

/// What the API server's own types hold where a manifest leaves a field out; it decides whether a manager that sets
/// only fields below it also owns the field itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nothing: the field appears when it is first set.
    Missing,
    /// An empty value: the field is always there.
    Empty,
}

/// What strategic merge patch does with a field (`patchStrategy` and `patchMergeKey`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Merged or replaced.
    pub strategy: Strategy,
    /// The field that tells list items apart; none for lists of scalars.
    pub merge_key: Option<String>,
    /// Further keys, where items that share the merge key can differ (kustomize reads `x-kubernetes-list-map-keys`).
    pub list_keys: Vec<String>,
    /// Whether `retainKeys` is part of the strategy.
    pub retain_keys: RetainKeys,
}

/// How a strategic merge patch combines the two values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The default: objects merge, lists are replaced.
    Default,
    /// Lists are merged.
    Merge,
    /// Objects are replaced as well.
    Replace,
}

/// Whether a patch of a field lists the keys that stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetainKeys {
    /// A client computing a patch adds `$retainKeys`.
    Listed,
    /// It does not.
    Unlisted,
}
