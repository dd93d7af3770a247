//! Which lists merge, for every kind a patch meets.

use std::cell::{Cell, RefCell};
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

/// Whether kustomize's own schemas count beside those of an OpenAPI document. As in upstream, which reads its own only when
/// it needs them, they do if the build needed them before it met the document.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Bundled {
    #[default]
    NotNeeded,
    Needed,
}

/// The schemas of one build: those of the first `openapi.path` that it meets, or kustomize's own, or both.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    choice: RefCell<Choice>,
    bundled: Cell<Bundled>,
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

    /// Notes the kind of a resource that was read: upstream looks in its schemas whether one that it does not know by heart
    /// has a namespace.
    pub(crate) fn meet(&self, gvk: &GroupVersionKind) {
        if topology::kustomize(gvk).is_none() {
            self.need_bundled();
        }
    }

    /// The topology of a kind, if anyone has a schema for it.
    pub(crate) fn topology(&self, gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
        self.need_bundled();
        if let Some(known) = self.known.borrow().get(gvk) {
            return known.clone();
        }
        let found = match (&*self.choice.borrow(), self.bundled.get()) {
            (Choice::Document(document), Bundled::Needed) => topology::kustomize_with(document, gvk),
            (Choice::Document(document), Bundled::NotNeeded) => {
                let found = topology::from_document(document, gvk);
                Some(Arc::new(found.unwrap_or_else(Topology::undescribed)))
            }
            (Choice::Open | Choice::Builtin, _) => topology::kustomize(gvk),
        };
        self.known.borrow_mut().insert(gvk.clone(), found.clone());
        found
    }

    fn need_bundled(&self) {
        if matches!(*self.choice.borrow(), Choice::Open) {
            self.bundled.set(Bundled::Needed);
        }
    }
}
