//! Sees to it that nothing is deleted that its owner declares.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cluster::{Event, Scope, Selector};
use manifest::{GroupVersionKind, Value};

use crate::files::Names;
use crate::ground::Ground;
use crate::history::State;

/// What was deleted, and what should not have been.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// What Git declares now.
    declared: Option<State>,
    /// What the test itself deletes, by uid.
    by_us: BTreeSet<String>,
    lost: Vec<String>,
}

impl Losses {
    /// Git declares this from now on.
    pub(crate) fn declare(&self, state: Option<&State>) {
        self.0.lock().unwrap().declared = state.cloned();
    }

    /// The test deletes an object.
    pub(crate) fn expect(&self, object: &Value) {
        self.0.lock().unwrap().by_us.insert(object["metadata"]["uid"].to_string());
    }

    pub(crate) fn lost(&self) -> Vec<String> {
        self.0.lock().unwrap().lost.clone()
    }

    /// Watches the ConfigMaps, for ever.
    pub(crate) async fn watch(self, ground: Ground, names: Names) {
        let gvk = GroupVersionKind::from_api_version("v1", "ConfigMap");
        let mut events = ground.cluster.watch(&gvk, Scope::Namespace(names.apps), Selector::all());
        loop {
            if let Event::Deleted(object) = events.next().await {
                self.judge(&object);
            }
        }
    }

    /// Who owns an object has not let it go unless another commit than the present one says so: a Kustomization of one name
    /// never comes back in a history, and neither does an object that it let go.
    fn judge(&self, object: &Value) {
        let metadata = &object["metadata"];
        let (name, owner) = (&metadata["name"], &metadata["labels"]["kustomize.toolkit.fluxcd.io/name"]);
        let mut inner = self.0.lock().unwrap();
        let (Some(name), Some(owner)) = (name.as_str(), owner.as_str()) else { return };
        let declares = |state: &State| state.units.get(owner).is_some_and(|unit| unit.maps.contains_key(name));
        if inner.declared.as_ref().is_some_and(declares) && !inner.by_us.contains(&metadata["uid"].to_string()) {
            inner.lost.push(format!("ConfigMap {name} was deleted although {owner}, which owns it, declares it"));
        }
    }
}
