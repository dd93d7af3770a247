//! Which lists merge, for every kind a patch meets.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use manifest::topology::{self, Topology};
use manifest::{GroupVersionKind, Value};

/// The schemas of one build: kustomize's own, under those of the first `openapi.path` that the build meets.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    custom: RefCell<Option<Value>>,
    known: RefCell<HashMap<GroupVersionKind, Option<Arc<Topology>>>>,
}

impl Schemas {
    /// Puts an OpenAPI document before the built-in schemas, unless another one or a version was chosen already.
    pub(crate) fn choose(&self, document: Value) {
        let mut custom = self.custom.borrow_mut();
        if custom.is_none() {
            *custom = Some(document);
            self.known.borrow_mut().clear();
        }
    }

    /// The topology of a kind, if anyone has a schema for it.
    pub(crate) fn topology(&self, gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
        if let Some(known) = self.known.borrow().get(gvk) {
            return known.clone();
        }
        let custom = self.custom.borrow();
        let found = custom
            .as_ref()
            .and_then(|document| topology::from_document(document, gvk))
            .map(Arc::new)
            .or_else(|| topology::kustomize(gvk));
        self.known.borrow_mut().insert(gvk.clone(), found.clone());
        found
    }
}
