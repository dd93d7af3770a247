//! Where VirtualServices send requests.

use std::collections::BTreeSet;

use mesh::{Field, Resource, Service};

/// A destination of a VirtualService.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination<'w> {
    /// The object with `host`, `port` and `subset`, or the route that lacks it.
    pub(super) field: Field<'w>,
    /// What it is for.
    pub(super) role: Role,
}

/// What a destination is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It answers.
    Route,
    /// It sees a copy.
    Mirror,
}

impl<'w> Destination<'w> {
    /// Its host as it is written.
    pub(super) fn host(self) -> &'w str {
        self.field.text("host")
    }

    /// Where its host is written.
    pub(super) fn place(self) -> Field<'w> {
        self.field.get("host").unwrap_or(self.field)
    }

    /// Its port, if it chooses one.
    pub(super) fn port(self) -> Option<Field<'w>> {
        self.field.get("port")
    }
}

/// Every destination of a VirtualService.
pub(super) fn of(service: Resource<'_>) -> impl Iterator<Item = Destination<'_>> {
    let http = move || service.list(&["spec", "http"]);
    let routes = ["tcp", "tls", "http"].into_iter().flat_map(move |protocol| service.list(&["spec", protocol]));
    let answering = routes.flat_map(|route| route.list("route")).map(named);
    let mirrors = http().flat_map(|route| route.list("mirrors")).map(named);
    let copied = http().filter_map(|route| route.get("mirror")).chain(mirrors);
    let with = |role: Role| move |field| Destination { field, role };
    answering.map(with(Role::Route)).chain(copied.map(with(Role::Mirror)))
}

/// The destination of a route, or the route itself if it names none.
fn named(route: Field<'_>) -> Field<'_> {
    route.get("destination").unwrap_or(route)
}

/// What counts of what a host means: a Service of Kubernetes counts before ServiceEntries of the same host.
pub(super) fn counting<'w>(services: &[Service<'w>]) -> impl Iterator<Item = Service<'w>> {
    let of_kubernetes = services.iter().any(|service| service.is_kubernetes());
    services.iter().copied().filter(move |service| service.is_kubernetes() == of_kubernetes)
}

/// The ports of what counts.
pub(super) fn ports(services: &[Service<'_>]) -> BTreeSet<u16> {
    counting(services).flat_map(|service| service.ports()).map(|port| port.number).collect()
}
