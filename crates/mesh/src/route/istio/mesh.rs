//! Where the proxy of a workload sends a request.

use super::http_match::Place;
use super::scope::{Scope, UnknownHosts};
use super::virtual_service::{MESH, VirtualService};
use super::{Entry, entries, first_matching, forward, layer4};
use crate::World;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request, Scheme, possible_names};
use crate::route::{Forward, RouteAction, RouteDecision, Routed, gateway_api};
use crate::service::{Service, ServicePort};

/// Where the proxy of a client sends a request.
pub(in crate::route) fn route_in_mesh(world: &World, client: Client<'_>, request: &Request) -> RouteDecision {
    let mut why = Reasoning::decides(String::new());
    let scope = Scope::of(world, client, request.port, &mut why);
    let place = Place { client, gateway: MESH, port: request.port };
    let meant = meant_service(world, &scope, client, request, &mut why);
    let meant = match meant.map(|(service, _)| behind_alias(world, &scope, client, service, request, &mut why)) {
        None | Some(Meaning::Itself) => meant,
        Some(Meaning::Another(service, port)) => Some((service, port)),
        Some(Meaning::Unknown) => {
            let decision = unknown(&scope, request, &mut why);
            return decision.explained(request, why);
        }
    };
    let readable = match (request.scheme, meant) {
        (Scheme::Http, None) => true,
        (Scheme::Http, Some((service, port))) => {
            if !port.protocol.may_be_http() {
                let step = format!(
                    "port {} of `{}` is {}, so requests are not told apart",
                    port.number,
                    service.host(),
                    port.protocol
                );
                why.push(Reasoning::noted(step).at(port.field));
            }
            port.protocol.may_be_http()
        }
        (Scheme::Https | Scheme::Tcp, _) => false,
    };
    let decision = if readable {
        http(world, &scope, place, meant, request, &mut why)
    } else {
        layer4::route(world, &scope, place, meant, request, &mut why)
    };
    decision.explained(request, why)
}

/// The service that a client means by a host and sees, with the port. Of several with one name that of the client's own
/// namespace counts, then those of Kubernetes.
fn meant_service<'w>(
    world: &'w World,
    scope: &Scope<'w>,
    client: Client<'w>,
    request: &Request,
    why: &mut Reasoning,
) -> Option<(Service<'w>, ServicePort<'w>)> {
    for name in possible_names(world, &request.host, client.namespace()) {
        let mut services: Vec<Service<'w>> = world.services_with_host(&name).collect();
        services.sort_by_key(|service| service.namespace() != client.namespace());
        for service in services {
            if let Err(reason) = scope.sees(world, service) {
                why.push(reason);
                continue;
            }
            let Some(port) = service.port(request.port) else {
                let step = format!("`{}` has no port {}", service.host(), request.port);
                why.push(Reasoning::fails(step).about(service.resource()));
                continue;
            };
            why.push(Reasoning::holds(format!("the host is the service `{}`", service.host())).at(port.field));
            return Some((service, port));
        }
    }
    None
}

/// What a service stands for.
#[derive(Debug, Clone, Copy)]
enum Meaning<'w> {
    /// Itself.
    Itself,
    /// Another one, of which it is another name.
    Another(Service<'w>, ServicePort<'w>),
    /// A host that is no service the client sees.
    Unknown,
}

/// What is behind a service that is only another name. A VirtualService that names it makes it a service of its own.
fn behind_alias<'w>(
    world: &'w World,
    scope: &Scope<'w>,
    client: Client<'w>,
    service: Service<'w>,
    request: &Request,
    why: &mut Reasoning,
) -> Meaning<'w> {
    let Some(target) = service.alias_of() else { return Meaning::Itself };
    let mut bound = VirtualService::bound_to(world, MESH, client.namespace()).into_iter();
    if bound.any(|virtual_service| virtual_service.hosts(world).any(|host| host == service.host())) {
        return Meaning::Itself;
    }
    let step = format!("`{}` is another name of `{target}`", service.host());
    why.push(Reasoning::noted(step).about(service.resource()));
    let mut seen = world.services_with_host(target).filter(|service| scope.sees(world, *service).is_ok());
    let found = seen.find_map(|service| Some((service, service.port(request.port)?)));
    found.map_or(Meaning::Unknown, |(service, port)| Meaning::Another(service, port))
}

fn http(
    world: &World,
    scope: &Scope<'_>,
    place: Place<'_, '_>,
    meant: Option<(Service<'_>, ServicePort<'_>)>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    let mut bound = VirtualService::bound_to(world, MESH, place.client.namespace());
    bound.retain(|virtual_service| {
        let taken = scope.takes(world, *virtual_service);
        if !taken {
            let step = format!("{}: the client's Sidecar does not import its hosts", virtual_service.name());
            why.push(Reasoning::fails(step).about(virtual_service.resource));
        }
        taken
    });
    if let Some((service, port)) = meant {
        if let Some(decision) = gateway_api::route_in_mesh(world, place.client, service, port, request, why) {
            return decision;
        }
        let found = entries_for_service(world, &bound, service, place, why);
        return match found {
            Some(found) => settle(world, &found, place, request, why),
            None => default_route(world, service, port, place, request, why),
        };
    }
    match entries_for_host(world, scope, &bound, place, request, why) {
        Some(found) => settle(world, &found, place, request, why),
        None => by_wildcard_service(world, scope, place, request, why),
    }
}

fn settle(world: &World, found: &[Entry<'_>], place: Place<'_, '_>, request: &Request, why: &mut Reasoning) -> Routed {
    match first_matching(world, found, place, request, why) {
        Some((action, matched)) => Routed::by(matched, action),
        None => {
            why.push(Reasoning::decides("no route of the VirtualService matches: clients get 404"));
            Routed::refused(404)
        }
    }
}

/// The routes for a service: of the first VirtualService that names it and has routes here or, if none names it, of the
/// first with the longest wildcard that means it.
fn entries_for_service<'w>(
    world: &'w World,
    bound: &[VirtualService<'w>],
    service: Service<'_>,
    place: Place<'_, '_>,
    why: &mut Reasoning,
) -> Option<Vec<Entry<'w>>> {
    let best = bound.iter().flat_map(|virtual_service| virtual_service.hosts(world)).filter(|host| {
        host == service.host() || host.strip_prefix('*').is_some_and(|end| service.host().ends_with(end))
    });
    let best = best.max_by_key(|host| (host == service.host(), host.len()))?;
    let (mut found, mut tried) = (None, false);
    for virtual_service in bound.iter().filter(|known| known.hosts(world).any(|host| host == best)) {
        let mut step =
            Reasoning::noted(format!("{} for `{best}`", virtual_service.name())).about(virtual_service.resource);
        // Of several with one wildcard only the first stands for services, whether or not it has routes here.
        let settled = found.is_some() || (best.starts_with('*') && tried);
        tried = true;
        if settled {
            step.step.push_str(", which another one for this host comes before");
            step.outcome = crate::reasoning::Outcome::Fails;
            why.push(step);
            continue;
        }
        let entries = entries(world, *virtual_service, place, &mut step);
        if entries.is_empty() {
            step.outcome = crate::reasoning::Outcome::Fails;
            step.step.push_str(" has no HTTP route that can hold for this client and port");
        } else {
            step.outcome = crate::reasoning::Outcome::Holds;
            found = Some(entries);
        }
        why.push(step);
    }
    found
}

/// The routes for a host that is no service: of VirtualServices that name it, on port 80 or on a port where a service of
/// theirs listens; by the name and then by the longest wildcard.
fn entries_for_host<'w>(
    world: &'w World,
    scope: &Scope<'_>,
    bound: &[VirtualService<'w>],
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> Option<Vec<Entry<'w>>> {
    let mut candidates: Vec<(String, VirtualService<'w>)> = Vec::new();
    for virtual_service in bound {
        let hosts = virtual_service.hosts(world);
        let fitting = hosts.filter(|host| {
            *host == request.host || host.strip_prefix('*').is_some_and(|end| request.host.ends_with(end))
        });
        candidates.extend(fitting.map(|host| (host, *virtual_service)));
    }
    candidates.sort_by_key(|(host, _)| std::cmp::Reverse((*host == request.host, host.len())));
    for (host, virtual_service) in candidates {
        let mut step =
            Reasoning::noted(format!("{} for `{host}`", virtual_service.name())).about(virtual_service.resource);
        let listens = place.port == 80
            || virtual_service.hosts(world).any(|host| {
                let mut services = world.services().filter(|service| crate::host::overlap(&host, service.host()));
                services.any(|service| service.port(place.port).is_some() && scope.sees(world, service).is_ok())
            });
        // A wildcard that means services stands for these services only.
        let only_services = host.starts_with('*')
            && world.services().any(|service| {
                crate::host::covers(&host, service.host())
                    && service.port(place.port).is_some()
                    && scope.sees(world, service).is_ok()
            });
        if !listens || only_services {
            step.outcome = crate::reasoning::Outcome::Fails;
            step.step.push_str(if listens {
                " stands for the services that it means, and the host is none"
            } else {
                " counts for hosts that are no service on port 80 only"
            });
            why.push(step);
            continue;
        }
        let found = entries(world, virtual_service, place, &mut step);
        step.outcome = crate::reasoning::Outcome::Holds;
        if found.is_empty() {
            step.outcome = crate::reasoning::Outcome::Fails;
            step.step.push_str(" has no HTTP route that can hold for this client and port");
        }
        why.push(step);
        if !found.is_empty() {
            return Some(found);
        }
    }
    None
}

/// To the service itself, because no route says otherwise.
fn default_route(
    world: &World,
    service: Service<'_>,
    port: ServicePort<'_>,
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    let mut step = Reasoning::decides("no VirtualService is for it: to the service itself").at(port.field);
    let destination = forward::to_host(world, service.host(), Some(port.number), None, place, &mut step);
    why.push(step);
    let retries = world.mesh_config().value().get("defaultHttpRetryPolicy").cloned();
    let path = Some(request.path.clone());
    let forward = Forward { destinations: vec![destination], retries, path, ..Forward::default() };
    Routed::unmatched(RouteAction::Forward(Box::new(forward)))
}

/// To a ServiceEntry whose wildcard means the host, or to wherever unknown hosts go.
fn by_wildcard_service(
    world: &World,
    scope: &Scope<'_>,
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    let services = world.services_for_host(&request.host).into_iter();
    let mut seen = services.filter(|service| service.host().starts_with('*') && scope.sees(world, *service).is_ok());
    let found = seen.find_map(|service| Some((service, service.port(place.port)?)));
    if let Some((service, port)) = found {
        why.push(Reasoning::holds(format!("the host is one of `{}`", service.host())).at(port.field));
        return default_route(world, service, port, place, request, why);
    }
    unknown(scope, request, why)
}

/// What is done with a host that nothing is known of.
pub(super) fn unknown(scope: &Scope<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let host = &request.host;
    match scope.unknown {
        UnknownHosts::Pass => {
            let step = format!(
                "nothing that the client sees answers for `{host}` at port {}, and unknown hosts pass (`ALLOW_ANY`)",
                request.port
            );
            why.push(Reasoning::decides(step));
            Routed::unmatched(RouteAction::Passthrough)
        }
        UnknownHosts::Refuse => {
            let step = format!(
                "nothing that the client sees answers for `{host}` at port {}, and unknown hosts are refused (`REGISTRY_ONLY`)",
                request.port
            );
            why.push(Reasoning::decides(step));
            Routed::refused(502)
        }
    }
}
