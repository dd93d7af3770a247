//! What hosts stand for: Kubernetes Services and the hosts of Istio's ServiceEntries.

use crate::index::Source;
use crate::protocol::Protocol;
use crate::visibility::Visibility;
use crate::workload::{Workload, WorkloadKind};
use crate::{Field, Resource, World};

/// A host that something answers for. A ServiceEntry with several hosts is several services.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service<'w> {
    resource: Resource<'w>,
    host: &'w str,
    source: Source,
}

/// A port of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServicePort<'w> {
    /// Its number.
    pub number: u16,
    /// Its name; empty if it has none.
    pub name: &'w str,
    /// What it carries.
    pub protocol: Protocol,
    /// Which port of the workload it leads to.
    pub target: TargetPort<'w>,
    /// Its declaration.
    pub field: Field<'w>,
}

/// The port of a workload that a service's port leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPort<'w> {
    /// The port with this number.
    Number(u16),
    /// The container port with this name, which every workload numbers for itself.
    Name(&'w str),
}

/// How the addresses behind a service are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The workloads that it selects, or addresses that are written down.
    Static,
    /// By asking the name service.
    Dns,
    /// The address that the client meant, unchanged.
    Passthrough,
    /// Another name (`ExternalName`).
    Alias,
}

impl<'w> Service<'w> {
    pub(crate) fn new(resource: Resource<'w>, host: &'w str, source: Source) -> Service<'w> {
        Service { resource, host, source }
    }

    /// The object that declares it.
    pub fn resource(self) -> Resource<'w> {
        self.resource
    }

    /// Its full host name; a ServiceEntry may have a wildcard.
    pub fn host(self) -> &'w str {
        self.host
    }

    /// Its namespace.
    pub fn namespace(self) -> &'w str {
        self.resource.namespace()
    }

    /// Whether a Kubernetes Service declares it, and no ServiceEntry.
    pub fn is_kubernetes(self) -> bool {
        self.source == Source::Service
    }

    /// Whether it stands for something that is not part of the mesh.
    pub fn is_external(self) -> bool {
        match self.source {
            Source::Service => self.resource.at(&["spec", "type"]).and_then(Field::as_str) == Some("ExternalName"),
            Source::ServiceEntry => {
                self.resource.at(&["spec", "location"]).and_then(Field::as_str) != Some("MESH_INTERNAL")
            }
        }
    }

    /// How the addresses behind it are found.
    pub fn resolution(self) -> Resolution {
        let text = |name: &str| self.resource.spec().map_or("", |spec| spec.text(name));
        match self.source {
            Source::Service => match (text("type"), text("clusterIP")) {
                ("ExternalName", _) => Resolution::Alias,
                (_, "None") => Resolution::Passthrough,
                _ => Resolution::Static,
            },
            Source::ServiceEntry => match text("resolution") {
                "STATIC" => Resolution::Static,
                "DNS" | "DNS_ROUND_ROBIN" | "DYNAMIC_DNS" => Resolution::Dns,
                _ => Resolution::Passthrough,
            },
        }
    }

    /// The host that it is another name of (`ExternalName`).
    pub fn alias_of(self) -> Option<&'w str> {
        match self.resolution() {
            Resolution::Alias => self.resource.at(&["spec", "externalName"]).and_then(Field::as_str),
            Resolution::Static | Resolution::Dns | Resolution::Passthrough => None,
        }
    }

    /// Its ports; those without a possible number are left out.
    pub fn ports(self) -> impl Iterator<Item = ServicePort<'w>> {
        let ports = self.resource.spec().into_iter().flat_map(|spec| spec.list("ports"));
        ports.filter_map(move |field| self.read_port(field))
    }

    /// Its port with a number.
    pub fn port(self, number: u16) -> Option<ServicePort<'w>> {
        self.ports().find(|port| port.number == number)
    }

    fn read_port(self, field: Field<'w>) -> Option<ServicePort<'w>> {
        let number = |name: &str| u16::try_from(field.integer(name)?).ok();
        let name = field.text("name");
        let (number, protocol) = match self.source {
            Source::Service => {
                let number = number("port")?;
                let app_protocol = field.get("appProtocol").and_then(Field::as_str);
                (number, Protocol::of_service_port(number, name, field.text("protocol"), app_protocol))
            }
            Source::ServiceEntry => {
                (number("number")?, Protocol::named(field.text("protocol")).unwrap_or(Protocol::Sniffed))
            }
        };
        let target = match field.get("targetPort").and_then(Field::as_str) {
            Some(name) if name.parse::<u16>().is_err() => TargetPort::Name(name),
            Some(_) | None => TargetPort::Number(self.target_number(field).unwrap_or(number)),
        };
        Some(ServicePort { number, name, protocol, target, field })
    }

    fn target_number(self, field: Field<'w>) -> Option<u16> {
        u16::try_from(field.integer("targetPort")?).ok().filter(|number| *number > 0)
    }

    /// Its label selector, if it has one that selects.
    pub fn selector(self) -> Option<Field<'w>> {
        let selector = match self.source {
            Source::Service => self.resource.at(&["spec", "selector"]),
            Source::ServiceEntry => self.resource.at(&["spec", "workloadSelector", "labels"]),
        };
        selector.filter(|selector| selector.members().next().is_some())
    }

    /// Whether it selects a workload. A Kubernetes Service selects pods and WorkloadEntries, and so does a ServiceEntry.
    pub fn selects(self, workload: Workload<'_>) -> bool {
        workload.namespace() == self.namespace() && self.selector().is_some_and(|selector| workload.satisfies(selector))
    }

    /// The workloads that it selects.
    pub fn workloads(self, world: &'w World) -> Vec<Workload<'w>> {
        match self.selector() {
            Some(selector) => world.selected_workloads(Some(self.namespace()), selector),
            None => Vec::new(),
        }
    }

    /// Which namespaces see it.
    pub fn visibility(self, world: &'w World) -> Visibility<'w> {
        match self.source {
            Source::Service => Visibility::of_service(self.resource, world.mesh_config()),
            Source::ServiceEntry => Visibility::of(self.resource, world.mesh_config(), "defaultServiceExportTo"),
        }
    }
}

impl<'w> ServicePort<'w> {
    /// The number of the workload's port that it leads to: `None` for a name that no container of it declares.
    pub fn number_at(self, workload: Workload<'_>) -> Option<u16> {
        if workload.kind() == WorkloadKind::WorkloadEntry {
            let mapped = workload.resource().at(&["spec", "ports"]).and_then(|ports| ports.integer(self.name));
            if let Some(number) = mapped.and_then(|number| u16::try_from(number).ok()) {
                return Some(number);
            }
        }
        match self.target {
            TargetPort::Number(number) => Some(number),
            TargetPort::Name(name) => workload.ports().find(|port| port.name == name).map(|port| port.number),
        }
    }
}

impl World {
    /// Every service: those of Kubernetes before those of ServiceEntries, then by namespace and name.
    pub fn services(&self) -> impl ExactSizeIterator<Item = Service<'_>> + Clone {
        self.index().services(self).all(self)
    }

    /// The services that objects of a namespace declare: those of Kubernetes before those of ServiceEntries, then by name.
    pub fn services_in<'w>(&'w self, namespace: &str) -> impl Iterator<Item = Service<'w>> + Clone + use<'w> {
        self.index().services(self).within(self, namespace)
    }

    /// The services with exactly this full host name, those of Kubernetes first.
    pub fn services_with_host(&self, host: &str) -> impl ExactSizeIterator<Item = Service<'_>> + Clone {
        self.index().services(self).with_host(self, host)
    }

    /// The services that answer for a host: those with exactly this name or, if there are none, those of the longest
    /// wildcard that means it.
    pub fn services_for_host(&self, host: &str) -> Vec<Service<'_>> {
        self.index().services(self).for_host(self, host)
    }

    /// The services that select a workload.
    pub fn services_of(&self, workload: Workload<'_>) -> impl ExactSizeIterator<Item = Service<'_>> + Clone {
        self.index().services(self).of_workload(self, workload)
    }
}
