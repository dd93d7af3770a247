//! Workloads by namespace and by label.

use std::collections::{BTreeSet, HashMap, HashSet};

use manifest::ObjectId;

use crate::resource::Resource;
use crate::workload::{Workload, WorkloadKind};
use crate::{Field, World};

/// Workloads by namespace and by label.
#[derive(Debug, Clone)]
pub(crate) struct Workloads {
    /// Position and kind, sorted by namespace, kind and name.
    all: Vec<(usize, WorkloadKind)>,
    /// Places in `all`, ascending, by `name=value` of a label.
    by_label: HashMap<Box<str>, Vec<usize>>,
    /// The kinds of objects that own others.
    owners: BTreeSet<Box<str>>,
}

impl Workloads {
    pub(crate) fn new(world: &World) -> Workloads {
        let mut found = Vec::new();
        let mut owners = BTreeSet::new();
        for kind in WorkloadKind::ALL {
            let objects = world.of(kind.name()).filter(|resource| !is_owned(world, *resource));
            for owner in world.of(kind.name()).flat_map(|owned| owned.list(&["metadata", "ownerReferences"])) {
                let (group, _) = owner.text("apiVersion").split_once('/').unwrap_or_default();
                let dot = if group.is_empty() { "" } else { "." };
                owners.insert(format!("{}{dot}{group}", owner.text("kind")).into());
            }
            found.extend(objects.map(|resource| (resource.position(), kind)));
        }
        found.sort_by_key(|(position, kind)| (&world.at(*position).id().namespace, *kind));
        let mut by_label: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        for (place, (position, kind)) in found.iter().enumerate() {
            let workload = Workload::new(world.at(*position), *kind);
            let keys: HashSet<String> = workload.labels().map(|(name, value)| label_key(name, value)).collect();
            for key in keys {
                by_label.entry(key.into()).or_default().push(place);
            }
        }
        Workloads { all: found, by_label, owners }
    }

    /// The kinds that decide what the workloads are: those that declare them, and those that own objects that do.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        let declaring = WorkloadKind::ALL.into_iter().map(|kind| kind.name().as_str());
        declaring.chain(self.owners.iter().map(|kind| &**kind))
    }

    pub(crate) fn all<'w>(&'w self, world: &'w World) -> impl ExactSizeIterator<Item = Workload<'w>> + Clone {
        self.all.iter().map(|(position, kind)| Workload::new(world.at(*position), *kind))
    }

    pub(crate) fn within<'w>(
        &'w self,
        world: &'w World,
        namespace: &str,
    ) -> impl ExactSizeIterator<Item = Workload<'w>> + Clone + use<'w> {
        let of = |place: &(usize, WorkloadKind)| world.at(place.0).namespace();
        let start = self.all.partition_point(|place| of(place) < namespace);
        let end = self.all.partition_point(|place| of(place) <= namespace);
        self.all[start..end].iter().map(|(position, kind)| Workload::new(world.at(*position), *kind))
    }

    pub(crate) fn selected<'w>(
        &'w self,
        world: &'w World,
        namespace: Option<&str>,
        labels: Field<'_>,
    ) -> Vec<Workload<'w>> {
        let fitting = |workload: &Workload<'w>| {
            namespace.is_none_or(|namespace| workload.namespace() == namespace) && workload.satisfies(labels)
        };
        let rarest = labels.members().map(|(name, value)| {
            let key = label_key(name, value.as_str().unwrap_or_default());
            self.by_label.get(key.as_str()).map_or(&[][..], Vec::as_slice)
        });
        let at = |place: usize| {
            let (position, kind) = self.all[place];
            Workload::new(world.at(position), kind)
        };
        match rarest.min_by_key(|places| places.len()) {
            Some(places) => places.iter().map(|place| at(*place)).filter(fitting).collect(),
            None => match namespace {
                Some(namespace) => self.within(world, namespace).collect(),
                None => self.all(world).collect(),
            },
        }
    }
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
