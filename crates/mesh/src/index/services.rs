//! Services by full host name, and by the workloads that they select.

use std::collections::HashMap;

use crate::host::full_name;
use crate::service::Service;
use crate::workload::Workload;
use crate::{World, kind};

/// What declares a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Kubernetes' Service.
    Service,
    /// Istio's ServiceEntry.
    ServiceEntry,
}

#[derive(Debug, Clone)]
struct Record {
    host: Box<str>,
    position: usize,
    source: Source,
}

/// Services by full host name, and by the workloads that they select.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// Kubernetes' first, then by namespace and name.
    all: Vec<Record>,
    by_host: HashMap<Box<str>, Vec<usize>>,
    /// By the position of a workload.
    by_workload: HashMap<usize, Vec<usize>>,
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
        let mut by_host: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut by_workload: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, record) in all.iter().enumerate() {
            by_host.entry(record.host.clone()).or_default().push(place);
            for workload in record.view(world).workloads(world) {
                by_workload.entry(workload.resource().position()).or_default().push(place);
            }
        }
        Services { all, by_host, by_workload }
    }

    pub(crate) fn all<'w>(&'w self, world: &'w World) -> impl ExactSizeIterator<Item = Service<'w>> + Clone {
        self.all.iter().map(|record| record.view(world))
    }

    fn views<'w>(
        &'w self,
        world: &'w World,
        places: Option<&'w Vec<usize>>,
    ) -> impl ExactSizeIterator<Item = Service<'w>> + Clone {
        places.map_or(&[][..], Vec::as_slice).iter().map(|place| self.all[*place].view(world))
    }

    pub(crate) fn with_host<'w>(
        &'w self,
        world: &'w World,
        host: &str,
    ) -> impl ExactSizeIterator<Item = Service<'w>> + Clone + use<'w> {
        self.views(world, self.by_host.get(host))
    }

    pub(crate) fn for_host<'w>(&'w self, world: &'w World, host: &str) -> Vec<Service<'w>> {
        if let Some(places) = self.by_host.get(host) {
            return self.views(world, Some(places)).collect();
        }
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
        self.views(world, self.by_workload.get(&workload.resource().position()))
    }
}

impl Record {
    fn view<'w>(&'w self, world: &'w World) -> Service<'w> {
        Service::new(world.at(self.position), &self.host, self.source)
    }
}
