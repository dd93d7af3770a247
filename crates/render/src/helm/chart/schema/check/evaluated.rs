//! Which properties and items no keyword has looked at.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Findings, Name, Run};
use crate::helm::chart::schema::node::{Draft, Node};

/// Whether the schema that asks has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    NeedsIt,
    NeedsNothing,
}

/// What is left: empty where nobody has to know.
#[derive(Debug, Default)]
pub(super) struct Unevaluated<'a> {
    properties: BTreeSet<&'a str>,
    items: BTreeSet<usize>,
}

impl<'a> Unevaluated<'a> {
    /// What of a value is not evaluated before a schema is held against it.
    pub(super) fn of(value: &'a Json, node: &Node, caller: Caller) -> Unevaluated<'a> {
        let mut left = Unevaluated::default();
        match value {
            Json::Object(members) => {
                let object = &node.object;
                if object.additional.is_none() && (caller == Caller::NeedsIt || object.unevaluated.is_some()) {
                    left.properties = members.keys().map(String::as_str).collect();
                }
            }
            Json::Array(items) => {
                if let Some(first) = node.array.looked_at()
                    && (caller == Caller::NeedsIt || node.array.unevaluated.is_some())
                {
                    left.items = (first..items.len()).collect();
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
        left
    }

    pub(super) fn need(&self) -> Caller {
        if self.is_empty() { Caller::NeedsNothing } else { Caller::NeedsIt }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.properties.is_empty() && self.items.is_empty()
    }

    pub(super) fn property_seen(&mut self, name: &str) {
        self.properties.remove(name);
    }

    pub(super) fn item_seen(&mut self, at: usize) {
        self.items.remove(&at);
    }

    /// Only what another schema left as well is left.
    pub(super) fn keep(&mut self, other: &Unevaluated<'_>) {
        self.properties.retain(|name| other.properties.contains(name));
        self.items.retain(|at| other.items.contains(at));
    }
}

impl Run<'_> {
    /// `unevaluatedProperties` and `unevaluatedItems`.
    pub(super) fn unevaluated<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json) {
        if found.node.draft < Draft::Of2019 {
            return;
        }
        match value {
            Json::Object(members) => {
                let Some(node) = found.node.object.unevaluated else { return };
                for name in std::mem::take(&mut found.unevaluated.properties) {
                    if let Some(value) = members.get(name) {
                        let outcome = self.inner(found, value, Name::Property(name), node);
                        found.take(outcome);
                    }
                }
            }
            Json::Array(items) => {
                let Some(node) = found.node.array.unevaluated else { return };
                for at in std::mem::take(&mut found.unevaluated.items) {
                    if let Some(value) = items.get(at) {
                        let outcome = self.inner(found, value, Name::Item(at), node);
                        found.take(outcome);
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}
