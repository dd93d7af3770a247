//! Which lists merge, for every kind a patch meets.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use manifest::topology::{self, Topology};
use manifest::{GroupVersionKind, Value};

/// Which schemas a build uses besides kustomize's own; the first kustomization that says so decides.
#[derive(Debug, Default)]
pub(crate) enum Choice {
    /// Nothing was said yet.
    #[default]
    Open,
    /// None: `openapi.version`.
    Builtin,
    /// Those of an OpenAPI document: `openapi.path`.
    Document(Value),
}

/// The schemas of one build: kustomize's own, under those of the first `openapi.path` that the build meets.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    choice: RefCell<Choice>,
    known: RefCell<HashMap<GroupVersionKind, Option<Arc<Topology>>>>,
}

impl Schemas {
    /// Chooses schemas, unless that was done already.
    pub(crate) fn choose(&self, choice: Choice) {
        let mut present = self.choice.borrow_mut();
        if matches!(*present, Choice::Open) {
            *present = choice;
            self.known.borrow_mut().clear();
        }
    }

    /// The topology of a kind, if anyone has a schema for it.
    pub(crate) fn topology(&self, gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
        if let Some(known) = self.known.borrow().get(gvk) {
            return known.clone();
        }
        let found = match &*self.choice.borrow() {
            Choice::Document(document) => topology::from_document(document, gvk).map(Arc::new),
            Choice::Open | Choice::Builtin => None,
        };
        let found = found.or_else(|| topology::kustomize(gvk));
        self.known.borrow_mut().insert(gvk.clone(), found.clone());
        found
    }
}
