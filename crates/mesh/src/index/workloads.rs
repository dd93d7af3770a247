//! Workloads by namespace and by label.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::ops::Range;
use std::sync::Arc;

use manifest::ObjectId;

use crate::reads::tell_apart;
use crate::recorder::{Part, Watched};
use crate::resource::Resource;
use crate::workload::{Workload, WorkloadKind};
use crate::{Field, World};

/// Workloads by namespace and by label. Whoever asks is noted as a reader of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Workloads {
    /// Position and kind, sorted by namespace, kind and name.
    all: Vec<(usize, WorkloadKind)>,
    by_namespace: HashMap<Arc<str>, OfNamespace>,
    /// By `name=value` of a label.
    by_label: HashMap<Arc<str>, OfLabel>,
}

/// The workloads of one namespace.
#[derive(Debug, Clone)]
struct OfNamespace {
    /// Where they stand in [`Workloads::all`].
    range: Range<usize>,
    watched: Watched,
}

/// The workloads with one label.
#[derive(Debug, Clone, Default)]
struct OfLabel {
    /// Places in [`Workloads::all`], ascending.
    places: Vec<usize>,
    watched: Watched,
}

impl Workloads {
    pub(crate) fn new(world: &World) -> Workloads {
        let mut all = Vec::new();
        for kind in WorkloadKind::ALL {
            let objects = world.of(kind.name()).filter(|resource| !is_owned(world, *resource));
            all.extend(objects.map(|resource| (resource.position(), kind)));
        }
        let namespace = |place: &(usize, WorkloadKind)| world.at(place.0).namespace();
        // Those of one kind and namespace are sorted by name already.
        all.sort_by_key(|place| (namespace(place), place.1));
        let mut start = 0;
        let by_namespace = all.chunk_by(|one, other| namespace(one) == namespace(other)).map(|workloads| {
            let range = start..start + workloads.len();
            start = range.end;
            (namespace(&workloads[0]).into(), OfNamespace { range, watched: Watched::default() })
        });
        let by_namespace = by_namespace.collect();
        let mut by_label: HashMap<Arc<str>, OfLabel> = HashMap::new();
        for (place, (position, kind)) in all.iter().enumerate() {
            for (name, value) in Workload::new(world.at(*position), *kind).labels() {
                let key = label_key(name, value);
                match by_label.get_mut(key.as_str()) {
                    Some(known) if known.places.last() == Some(&place) => {}
                    Some(known) => known.places.push(place),
                    None => {
                        by_label.insert(key.into(), OfLabel { places: vec![place], watched: Watched::default() });
                    }
                }
            }
        }
        Workloads { all, by_namespace, by_label }
    }

    pub(crate) fn all<'w>(&'w self, world: &'w World) -> impl ExactSizeIterator<Item = Workload<'w>> + Clone {
        world.recorder().note(world.recorder().singles().workloads.mark(), || Part::Workloads);
        self.all.iter().map(|place| view(world, *place))
    }

    pub(crate) fn within<'w>(
        &'w self,
        world: &'w World,
        namespace: &str,
    ) -> impl ExactSizeIterator<Item = Workload<'w>> + Clone + use<'w> {
        self.note_within(world, namespace);
        self.places_within(namespace).iter().map(|place| view(world, *place))
    }

    /// Those of a namespace, or with `None` of all, whose labels satisfy a plain map of labels.
    pub(crate) fn selected<'w>(
        &'w self,
        world: &'w World,
        namespace: Option<&str>,
        labels: Field<'_>,
    ) -> Vec<Workload<'w>> {
        if let Some(namespace) = namespace {
            self.note_within(world, namespace);
            return self.selected_within(world, namespace, labels);
        }
        match self.rarest(labels) {
            None => self.all(world).collect(),
            Some(Rarest::Unheard(label)) => {
                world.recorder().note_absent(|| Part::WorkloadsWith(label.into()));
                Vec::new()
            }
            Some(Rarest::Known(label, found)) => {
                world.recorder().note(found.watched.mark(), || Part::WorkloadsWith(label.clone()));
                let workloads = found.places.iter().map(|place| view(world, self.all[*place]));
                workloads.filter(|workload| workload.satisfies(labels)).collect()
            }
        }
    }

    /// Those of a namespace whose labels satisfy a plain map of labels, without a note of it.
    pub(crate) fn selected_within<'w>(
        &'w self,
        world: &'w World,
        namespace: &str,
        labels: Field<'_>,
    ) -> Vec<Workload<'w>> {
        let here = self.by_namespace.get(namespace).map_or(0..0, |found| found.range.clone());
        let with_label = match self.rarest(labels) {
            None => None,
            Some(Rarest::Unheard(_)) => return Vec::new(),
            Some(Rarest::Known(_, found)) => Some(&found.places).filter(|places| places.len() < here.len()),
        };
        let fitting = |workload: &Workload<'w>| workload.satisfies(labels);
        match with_label {
            Some(places) => {
                let places = places.iter().filter(|place| here.contains(place));
                places.map(|place| view(world, self.all[*place])).filter(fitting).collect()
            }
            None => self.all[here].iter().map(|place| view(world, *place)).filter(fitting).collect(),
        }
    }

    /// What tells all workloads from those of another world.
    pub(crate) fn tell_all(&self, world: &World, hasher: &mut DefaultHasher) {
        tell_apart(hasher, self.all.iter().map(|(position, _)| world.at(*position).entry()));
    }

    /// What tells the workloads of a namespace from those of another world.
    pub(crate) fn digest_within(&self, world: &World, namespace: &str) -> Option<u64> {
        let found = self.by_namespace.get(namespace)?;
        let entries = self.all[found.range.clone()].iter().map(|(position, _)| world.at(*position).entry());
        Some(found.watched.digest(|hasher| tell_apart(hasher, entries)))
    }

    /// What tells the workloads with a label from those of another world.
    pub(crate) fn digest_with(&self, world: &World, label: &str) -> Option<u64> {
        let found = self.by_label.get(label)?;
        let entries = found.places.iter().map(|place| world.at(self.all[*place].0).entry());
        Some(found.watched.digest(|hasher| tell_apart(hasher, entries)))
    }

    fn note_within(&self, world: &World, namespace: &str) {
        match self.by_namespace.get_key_value(namespace) {
            Some((name, found)) => {
                world.recorder().note(found.watched.mark(), || Part::WorkloadsOf(name.clone()));
            }
            None => world.recorder().note_absent(|| Part::WorkloadsOf(namespace.into())),
        }
    }

    fn places_within(&self, namespace: &str) -> &[(usize, WorkloadKind)] {
        self.by_namespace.get(namespace).map_or(&[][..], |found| &self.all[found.range.clone()])
    }

    /// Of the labels that a plain map asks for, the one that the fewest workloads have; `None` if it asks for none.
    fn rarest(&self, labels: Field<'_>) -> Option<Rarest<'_>> {
        let asked = labels.members().map(|(name, value)| {
            let key = label_key(name, value.as_str().unwrap_or_default());
            match self.by_label.get_key_value(key.as_str()) {
                Some((label, found)) => Rarest::Known(label, found),
                None => Rarest::Unheard(key),
            }
        });
        asked.min_by_key(|label| match label {
            Rarest::Unheard(_) => 0,
            Rarest::Known(_, found) => found.places.len(),
        })
    }
}

/// A label that somebody asks for.
enum Rarest<'i> {
    /// No workload has it.
    Unheard(String),
    /// These workloads have it.
    Known(&'i Arc<str>, &'i OfLabel),
}

fn view(world: &World, (position, kind): (usize, WorkloadKind)) -> Workload<'_> {
    Workload::new(world.at(position), kind)
}

/// A label as one text. Names have no `=`; whoever writes one nevertheless is found and then told apart.
fn label_key(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

/// Whether another object of the world made this one.
fn is_owned(world: &World, resource: Resource<'_>) -> bool {
    resource.list(&["metadata", "ownerReferences"]).any(|owner| {
        let (group, _) = owner.text("apiVersion").split_once('/').unwrap_or_default();
        world
            .by_id(&ObjectId {
                group: group.to_owned(),
                kind: owner.text("kind").to_owned(),
                namespace: resource.namespace().to_owned(),
                name: owner.text("name").to_owned(),
            })
            .is_some()
    })
}
