//! The part of an object that tells which one it is, in which state, and whose.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;

use super::{Key, Kind};

/// What is read of an object before anything else: whether the rest has to be read depends on it.
#[derive(Debug, Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    #[serde(borrow)]
    owner_references: Vec<Reference<'a>>,
}

#[derive(Debug, Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(default)]
    controller: bool,
}

/// The controller of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// `None` for a kind that no controller here works on.
    pub(crate) kind: Option<Kind>,
    pub(crate) name: Arc<str>,
    pub(crate) uid: Arc<str>,
}

impl<'a> Head<'a> {
    /// Reads the head of an object that should be of this kind; what has none is noted, and is no object.
    pub(crate) fn of_kind(kind: Kind, json: &'a str) -> Option<Self> {
        let head = serde_json::from_str(json);
        head.inspect_err(|error| tracing::warn!(%kind, %error, "what was told is no object; going on without it")).ok()
    }

    /// What the object is called.
    pub(crate) fn key(&self) -> Key {
        Key::new(&*self.metadata.namespace, &*self.metadata.name)
    }

    /// The resource version as the server wrote it.
    pub(crate) fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }

    /// The resource version as a number; 0 where it is none that can be compared.
    pub(crate) fn version(&self) -> u64 {
        self.metadata.resource_version.parse().unwrap_or(0)
    }

    /// The owner that controls the object.
    pub(crate) fn controller(&self) -> Option<Owner> {
        let controller = self.metadata.owner_references.iter().find(|owner| owner.controller)?;
        Some(Owner {
            kind: Kind::named(&controller.kind),
            name: (&*controller.name).into(),
            uid: (&*controller.uid).into(),
        })
    }
}
