//! Services by full host name, and by the workloads that they select.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::sync::{Arc, OnceLock};

use crate::host::full_name;
use crate::reads::tell_apart;
use crate::recorder::{Part, Watched};
use crate::service::Service;
use crate::workload::Workload;
use crate::{KindName, World, kind};

/// What declares a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Kubernetes' Service.
    Service,
    /// Istio's ServiceEntry.
    ServiceEntry,
}

#[derive(Debug, Clone)]
struct Record {
    host: Arc<str>,
    position: usize,
    source: Source,
}

/// Services by full host name, and by the workloads that they select. Whoever asks is noted as a reader of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// Kubernetes' first, then by namespace and name.
    all: Vec<Record>,
    by_host: HashMap<Arc<str>, OfHost>,
    /// By the position of a workload.
    by_workload: OnceLock<HashMap<usize, Vec<usize>>>,
}

/// The services of one host.
#[derive(Debug, Clone, Default)]
struct OfHost {
    /// Places in [`Services::all`].
    places: Vec<usize>,
    watched: Watched,
}

impl Services {
    pub(crate) fn new(world: &World) -> Services {
        let mut all = Vec::new();
        let domain = &world.options().cluster_domain;
        for service in world.of(kind::SERVICE) {
            let host = full_name(service.name(), service.namespace(), domain).into();
            all.push(Record { host, position: service.position(), source: Source::Service });
        }
        for entry in world.of(kind::SERVICE_ENTRY) {
            let hosts = entry.spec().into_iter().flat_map(|spec| spec.texts("hosts"));
            all.extend(hosts.map(|host| {
                let host = host.to_ascii_lowercase().into();
                Record { host, position: entry.position(), source: Source::ServiceEntry }
            }));
        }
        let mut by_host: HashMap<Arc<str>, OfHost> = HashMap::with_capacity(all.len());
        for (place, record) in all.iter().enumerate() {
            by_host.entry(record.host.clone()).or_default().places.push(place);
        }
        Services { all, by_host, by_workload: OnceLock::new() }
    }

    pub(crate) fn all<'w>(&'w self, world: &'w World) -> impl ExactSizeIterator<Item = Service<'w>> + Clone {
        world.recorder().note(world.recorder().singles().services.mark(), || Part::Services);
        self.all.iter().map(|record| record.view(world))
    }

    pub(crate) fn within<'w>(
        &'w self,
        world: &'w World,
        namespace: &str,
    ) -> impl Iterator<Item = Service<'w>> + Clone + use<'w> {
        let of_source = |(kind, source): (KindName, Source)| {
            world.note_within(kind, namespace);
            let place = |record: &Record| (record.source, world.at(record.position).namespace());
            let start = self.all.partition_point(|record| place(record) < (source, namespace));
            let end = self.all.partition_point(|record| place(record) <= (source, namespace));
            &self.all[start..end]
        };
        let found = [(kind::SERVICE, Source::Service), (kind::SERVICE_ENTRY, Source::ServiceEntry)].map(of_source);
        found.into_iter().flatten().map(|record| record.view(world))
    }

    pub(crate) fn with_host<'w>(
        &'w self,
        world: &'w World,
        host: &str,
    ) -> impl ExactSizeIterator<Item = Service<'w>> + Clone + use<'w> {
        self.views(world, self.exactly(world, host))
    }

    pub(crate) fn for_host<'w>(&'w self, world: &'w World, host: &str) -> Vec<Service<'w>> {
        if let Some(found) = self.exactly(world, host) {
            return self.views(world, Some(found)).collect();
        }
        world.recorder().note(world.recorder().singles().wildcards.mark(), || Part::Wildcards);
        let after = host.strip_prefix('*').unwrap_or(host);
        let tails = after.char_indices().map(|(at, _)| &after[at..]).skip(usize::from(!host.starts_with('*')));
        let found = tails.chain([""]).find_map(|tail| self.by_host.get(format!("*{tail}").as_str()));
        self.views(world, found).collect()
    }

    pub(crate) fn of_workload<'w>(
        &'w self,
        world: &'w World,
        workload: Workload<'_>,
    ) -> impl ExactSizeIterator<Item = Service<'w>> + Clone + use<'w> {
        // They select in their own namespace only.
        for kind in [kind::SERVICE, kind::SERVICE_ENTRY] {
            world.note_within(kind, workload.namespace());
        }
        let places = self.by_workload(world).get(&workload.resource().position());
        places.map_or(&[][..], Vec::as_slice).iter().map(|place| self.all[*place].view(world))
    }

    /// What tells all services from those of another world.
    pub(crate) fn tell_all(&self, world: &World, hasher: &mut DefaultHasher) {
        tell_apart(hasher, self.all.iter().map(|record| world.at(record.position).entry()));
    }

    /// What tells the services with wildcards for hosts from those of another world.
    pub(crate) fn tell_wildcards(&self, world: &World, hasher: &mut DefaultHasher) {
        let wildcards = self.all.iter().filter(|record| record.host.starts_with('*'));
        tell_apart(hasher, wildcards.map(|record| world.at(record.position).entry()));
    }

    /// What tells the services of a host from those of another world.
    pub(crate) fn digest_for(&self, world: &World, host: &str) -> Option<u64> {
        let found = self.by_host.get(host)?;
        let entries = found.places.iter().map(|place| world.at(self.all[*place].position).entry());
        Some(found.watched.digest(|hasher| tell_apart(hasher, entries)))
    }

    /// The services with exactly this host, with a note that somebody looked.
    fn exactly<'w>(&'w self, world: &World, host: &str) -> Option<&'w OfHost> {
        let found = self.by_host.get_key_value(host);
        match found {
            Some((host, of_host)) => {
                world.recorder().note(of_host.watched.mark(), || Part::ServicesFor(host.clone()));
            }
            None => world.recorder().note_absent(|| Part::ServicesFor(host.into())),
        }
        found.map(|(_, of_host)| of_host)
    }

    fn views<'w>(
        &'w self,
        world: &'w World,
        found: Option<&'w OfHost>,
    ) -> impl ExactSizeIterator<Item = Service<'w>> + Clone + use<'w> {
        found.map_or(&[][..], |found| &found.places).iter().map(|place| self.all[*place].view(world))
    }

    fn by_workload(&self, world: &World) -> &HashMap<usize, Vec<usize>> {
        self.by_workload.get_or_init(|| {
            let mut by_workload: HashMap<usize, Vec<usize>> = HashMap::new();
            for (place, record) in self.all.iter().enumerate() {
                let service = record.view(world);
                let Some(selector) = service.selector() else { continue };
                let workloads = world.index().workloads(world);
                for workload in workloads.selected_within(world, service.namespace(), selector) {
                    by_workload.entry(workload.resource().position()).or_default().push(place);
                }
            }
            by_workload
        })
    }
}

impl Record {
    fn view<'w>(&'w self, world: &'w World) -> Service<'w> {
        Service::new(world.at(self.position), &self.host, self.source)
    }
}
