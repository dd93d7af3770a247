//! Sets of field paths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::path::{Path, PathElement};
use super::{fields_v1, mention, remove};
use crate::topology::{Topology, Type};

/// A set of field paths, as `managedFields[].fieldsV1` holds it. A path in the set says nothing about its parents or
/// children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Steps that are members themselves.
    pub(super) members: BTreeSet<PathElement>,
    /// Steps below which there are members; never empty ones.
    pub(super) children: BTreeMap<PathElement, FieldSet>,
}

impl FieldSet {
    /// The fields that `value` mentions: leaves, items, empty objects, and objects under names the type does not
    /// declare.
    pub fn of(value: &Value, topology: &Topology) -> FieldSet {
        mention::mentioned(value, topology.root())
    }

    /// The set of these paths.
    pub fn from_paths(paths: impl IntoIterator<Item = Path>) -> FieldSet {
        let mut set = FieldSet::default();
        for path in paths {
            set.insert(&path.0);
        }
        set
    }

    /// The set of the fields at these chains of names, such as `["metadata", "labels"]`.
    pub fn of_names<'n>(chains: impl IntoIterator<Item = &'n [&'n str]>) -> FieldSet {
        FieldSet::from_paths(
            chains.into_iter().map(|names| Path(names.iter().copied().map(PathElement::field).collect())),
        )
    }

    /// From the JSON of a `fieldsV1`.
    pub fn decode(fields: &Value) -> Result<FieldSet, super::ManagedFieldsError> {
        fields_v1::decode(fields)
    }

    /// As the JSON of a `fieldsV1`.
    pub fn encode(&self) -> Value {
        fields_v1::encode(self)
    }

    /// As the text of a `fieldsV1`, with members in upstream's order: keys that are numbers by value.
    pub fn encode_text(&self) -> String {
        fields_v1::encode_text(self)
    }

    /// Adds a path. The empty path is not a field, and is never in a set.
    pub fn insert(&mut self, path: &[PathElement]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Whether `path` is in the set.
    pub fn contains(&self, path: &[PathElement]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.children.get(first).is_some_and(|child| child.contains(rest)),
        }
    }

    /// Whether no path is in the set.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// How many paths are in the set.
    pub fn len(&self) -> usize {
        self.members.len() + self.children.values().map(FieldSet::len).sum::<usize>()
    }

    /// All paths: the members of a level before what lies deeper.
    pub fn paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, prefix: &mut Vec<PathElement>, found: &mut Vec<Path>) {
        for member in &self.members {
            prefix.push(member.clone());
            found.push(Path(prefix.clone()));
            prefix.pop();
        }
        for (step, child) in &self.children {
            prefix.push(step.clone());
            child.collect(prefix, found);
            prefix.pop();
        }
    }

    /// The paths as people read them: `.spec.containers[name="web"].image`.
    pub fn names(&self) -> Vec<String> {
        self.paths().iter().map(Path::to_string).collect()
    }

    /// What the set holds below `step`.
    pub fn below(&self, step: &PathElement) -> Option<&FieldSet> {
        self.children.get(step)
    }

    /// Paths in either.
    pub fn union(&self, other: &FieldSet) -> FieldSet {
        let mut union = self.clone();
        union.members.extend(other.members.iter().cloned());
        for (step, child) in &other.children {
            let merged = union.children.get(step).map_or_else(|| child.clone(), |own| own.union(child));
            union.children.insert(step.clone(), merged);
        }
        union
    }

    /// Paths in both.
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        let children = self.children.iter().filter_map(|(step, child)| {
            let both = child.intersection(other.children.get(step)?);
            (!both.is_empty()).then(|| (step.clone(), both))
        });
        FieldSet { members: self.members.intersection(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Paths in `self` that are not in `other`.
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        let children = self.children.iter().filter_map(|(step, child)| {
            let left = other.children.get(step).map_or_else(|| child.clone(), |minus| child.difference(minus));
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        FieldSet { members: self.members.difference(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Paths in `self` that neither are in `other` nor lie below a path in `other`.
    pub fn recursive_difference(&self, other: &FieldSet) -> FieldSet {
        let kept = self.children.iter().filter(|(step, _)| !other.members.contains(step));
        let children = kept.filter_map(|(step, child)| {
            let left =
                other.children.get(step).map_or_else(|| child.clone(), |minus| child.recursive_difference(minus));
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        FieldSet { members: self.members.difference(&other.members).cloned().collect(), children: children.collect() }
    }

    /// The paths below which the set holds no further path.
    pub fn leaves(&self) -> FieldSet {
        FieldSet {
            members: self.members.iter().filter(|member| !self.children.contains_key(member)).cloned().collect(),
            children: self.children.iter().map(|(step, child)| (step.clone(), child.leaves())).collect(),
        }
    }

    /// The part of `object` that the set covers, with the keys of the list items it goes through; an empty object where
    /// it covers nothing. Of a field that is in the set without anything below it, only the empty container shows,
    /// unless it is one value.
    pub fn project(&self, object: &Value, topology: &Topology) -> Value {
        remove::project(object, self, topology.root())
    }

    /// The same with every declared field that has members below it as a member itself: setting a field of a struct
    /// keeps the struct alive.
    pub(super) fn with_declared_parents(&self, ty: Type<'_>) -> FieldSet {
        let mut set = FieldSet { members: self.members.clone(), children: BTreeMap::new() };
        for (step, child) in &self.children {
            let below = match step {
                PathElement::Field(name) => {
                    if ty.declared(name).is_some() {
                        set.members.insert(step.clone());
                    }
                    ty.field(name)
                }
                PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => ty.element(),
            };
            set.children.insert(step.clone(), child.with_declared_parents(below));
        }
        set
    }
}
