//! What somebody looked at in a world, and whether that is the same in the next one.
//!
//! Whoever computes something from a world can ask what it looked at ([`World::watch`]), keep both, and compute it anew
//! only when that has changed ([`Reads::changed`]). Kinds are the grain: one object changes, and everything counts as
//! changed that looked at any object of its kind.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kind;
use crate::world::World;

/// What somebody looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    everything: bool,
    coverage: bool,
    kinds: BTreeSet<Box<str>>,
}

/// What a world holds, for comparison. Objects are told apart by their addresses, so it means something only as long as
/// the objects are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    kinds: HashMap<Box<str>, u64>,
    replaced: u64,
    coverage: u64,
}

/// What was looked at besides single kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Every object.
    Everything = 1,
    /// Which namespaces are known.
    Coverage = 2,
    /// The workloads, by whatever they are declared.
    Workloads = 4,
    /// The services, by whatever they are declared.
    Services = 8,
    /// The mesh configuration.
    MeshConfig = 16,
}

/// Whether something was looked at. A copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU8);

impl Mark {
    pub(crate) fn set(&self, bits: u8) {
        // Most are set already, and looking is cheaper than writing.
        if self.0.load(Ordering::Relaxed) & bits != bits {
            self.0.fetch_or(bits, Ordering::Relaxed);
        }
    }

    fn take(&self) -> u8 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Clone for Mark {
    fn clone(&self) -> Mark {
        Mark::default()
    }
}

/// Notes what is looked at, besides the marks at the kinds that there are. A copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    turn: Mutex<()>,
    parts: Mark,
    absent: Mutex<BTreeSet<Box<str>>>,
}

impl Recorder {
    pub(crate) fn note(&self, part: Part) {
        self.parts.set(part as u8);
    }

    /// Notes a kind of which there is no object.
    pub(crate) fn note_absent(&self, kind: &str) {
        let mut absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        if !absent.contains(kind) {
            absent.insert(kind.into());
        }
    }
}

impl Clone for Recorder {
    fn clone(&self) -> Recorder {
        Recorder::default()
    }
}

impl Reads {
    /// Whether every object was looked at, of whatever kind.
    pub fn looked_at_everything(&self) -> bool {
        self.everything
    }

    /// Whether what was looked at is another now.
    pub fn changed(&self, before: &Contents, now: &Contents) -> bool {
        (self.everything && (before.kinds != now.kinds || before.replaced != now.replaced))
            || (self.coverage && before.coverage != now.coverage)
            || self.kinds.iter().any(|kind| before.kinds.get(kind) != now.kinds.get(kind))
    }
}

impl World {
    /// What this world holds.
    pub fn contents(&self) -> Contents {
        let digest = |of: &mut dyn FnMut(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            of(&mut hasher);
            hasher.finish()
        };
        let kinds = self.kinds().map(|(kind, entries, _)| {
            let mut entries = entries;
            let value = digest(&mut |hasher| {
                entries.by_ref().for_each(|entry| {
                    Arc::as_ptr(&entry.manifest).hash(hasher);
                    entry.applied_by.hash(hasher);
                });
            });
            (kind.into(), value)
        });
        let kinds = kinds.collect();
        let replaced =
            digest(&mut |hasher| self.replaced_entries().for_each(|entry| Arc::as_ptr(&entry.manifest).hash(hasher)));
        let coverage = digest(&mut |hasher| self.index().coverage(self).hash(hasher));
        Contents { kinds, replaced, coverage }
    }

    /// Does some work, and notes what it looks at. Whoever looks at the world at the same time is counted in. Must not be
    /// called inside such work.
    pub fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, Reads) {
        let recorder = self.recorder();
        let turn = recorder.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_reads();
        let result = work();
        let reads = self.take_reads();
        drop(turn);
        (result, reads)
    }

    fn take_reads(&self) -> Reads {
        let recorder = self.recorder();
        let mut kinds = std::mem::take(&mut *recorder.absent.lock().unwrap_or_else(PoisonError::into_inner));
        kinds.extend(self.kinds().filter(|(_, _, mark)| mark.take() != 0).map(|(kind, _, _)| Box::from(kind)));
        let parts = recorder.parts.take();
        let has = |part: Part| parts & part as u8 != 0;
        if has(Part::Workloads) || has(Part::Services) {
            kinds.extend(self.index().unnoticed_workloads(self).kinds().map(Box::from));
        }
        if has(Part::Services) {
            kinds.extend([kind::SERVICE, kind::SERVICE_ENTRY].map(|kind| kind.as_str().into()));
        }
        if has(Part::MeshConfig) {
            kinds.extend([kind::MESH_CONFIG, kind::CONFIG_MAP].map(|kind| kind.as_str().into()));
        }
        Reads { everything: has(Part::Everything), coverage: has(Part::Coverage), kinds }
    }
}

#[cfg(test)]
mod tests {
    use manifest::{Manifest, Origin};
    use serde_json::{Value, json};

    use super::*;
    use crate::WorldOptions;

    fn object(api_version: &str, kind: &str, name: &str, spec: Value) -> Arc<Manifest> {
        let metadata = json!({ "name": name, "namespace": "shop" });
        let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec });
        Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
    }

    fn deployment() -> Arc<Manifest> {
        object("apps/v1", "Deployment", "web", json!({ "template": { "metadata": { "labels": { "app": "web" } } } }))
    }

    fn service(port: u16) -> Arc<Manifest> {
        object("v1", "Service", "web", json!({ "selector": { "app": "web" }, "ports": [{ "port": port }] }))
    }

    fn world(objects: &[Arc<Manifest>]) -> World {
        World::new(objects.iter().cloned(), WorldOptions::default())
    }

    /// Whether what `work` looks at changes when `after` takes the place of `before`.
    fn changes(before: &[Arc<Manifest>], after: &[Arc<Manifest>], work: impl Fn(&World) -> usize) -> bool {
        let (before, after) = (world(before), world(after));
        let (_, reads) = before.watch(|| work(&before));
        reads.changed(&before.contents(), &after.contents())
    }

    #[test]
    fn what_was_looked_at_changes_with_its_kind_only() {
        let (deployment, old, new) = (deployment(), service(80), service(81));
        let (before, after) = ([deployment.clone(), old], [deployment.clone(), new.clone()]);
        assert!(changes(&before, &after, |world| world.of(kind::SERVICE).len()));
        assert!(changes(&before, &after, |world| world.find(kind::SERVICE, "shop", "other").into_iter().count()));
        assert!(changes(&before, &after, |world| world.services().len()));
        assert!(changes(&before, &after, |world| world.resources().len()));
        assert!(!changes(&before, &after, |world| world.of(kind::DEPLOYMENT).len()));
        assert!(!changes(&before, &after, |world| world.workloads().len()));
        assert!(!changes(&before, &after, |world| world.mesh_config().root_namespace().len()));
        assert!(!changes(&before, &after, |world| usize::from(world.coverage().everything())));
        assert!(!changes(&before, &before, |world| world.resources().len()));
    }

    #[test]
    fn what_was_looked_for_in_vain_changes_when_it_comes() {
        let gateway = object("networking.istio.io/v1", "Gateway", "entry", json!({}));
        let config = object("v1", "MeshConfig", "mesh", json!({}));
        let before = [deployment()];
        let after = [before[0].clone(), gateway, config];
        assert!(changes(&before, &after, |world| world.of(kind::ISTIO_GATEWAY).len()));
        assert!(changes(&before, &after, |world| world.mesh_config().root_namespace().len()));
        assert!(!changes(&before, &after, |world| world.of(kind::SIDECAR).len()));
        assert!(!changes(&before, &after, |world| usize::from(world.coverage().everything())));
    }

    #[test]
    fn an_index_that_is_there_already_is_looked_at_all_the_same() {
        let objects = [deployment(), service(80)];
        let world = world(&objects);
        let first = world.watch(|| world.services().len()).1;
        assert_eq!(world.watch(|| world.services().len()).1, first);
        assert_eq!(world.watch(|| ()).1, Reads::default());
    }
}
