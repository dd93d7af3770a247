//! Where connections go whose requests the proxy does not read: TLS by server name, and TCP.

use super::forward;
use super::http_match::Place;
use super::mesh::unknown;
use super::scope::Scope;
use super::virtual_service::{HttpRoute, MESH, VirtualService, gateway_name};
use crate::host::overlap;
use crate::reasoning::{Outcome, Reasoning};
use crate::request::{Request, Scheme};
use crate::route::{Forward, MatchedRule, RouteAction, Routed};
use crate::service::{Service, ServicePort};
use crate::{Field, World};

/// Where a connection of a client in the mesh goes.
pub(super) fn route(
    world: &World,
    scope: &Scope<'_>,
    place: Place<'_, '_>,
    meant: Option<(Service<'_>, ServicePort<'_>)>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    let meant = meant.or_else(|| {
        let services = world.services_for_host(request.sni()).into_iter();
        let mut seen = services.filter(|service| scope.sees(world, *service).is_ok());
        seen.find_map(|service| Some((service, service.port(place.port)?)))
    });
    let Some((service, port)) = meant else { return unknown(scope, request, why) };
    let bound = VirtualService::bound_to(world, MESH, place.client.namespace());
    let of_service = bound.into_iter().filter(|virtual_service| {
        scope.takes(world, *virtual_service) && virtual_service.hosts(world).any(|host| overlap(&host, service.host()))
    });
    let section = if port.protocol.is_tls() { Section::Tls } else { Section::Tcp };
    for virtual_service in of_service {
        if let Some(decision) = declared(world, virtual_service, section, place, request, why) {
            return decision;
        }
    }
    let mut step = Reasoning::decides("no route is for it: to the service itself").at(port.field);
    let destination = forward::to_host(world, service.host(), Some(port.number), None, place, &mut step);
    why.push(step);
    let forward = Forward { destinations: vec![destination], ..Forward::default() };
    Routed::unmatched(RouteAction::Forward(Box::new(forward)))
}

/// The routes of a VirtualService that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Tls,
    Tcp,
}

impl Section {
    fn name(self) -> &'static str {
        match self {
            Section::Tls => "tls",
            Section::Tcp => "tcp",
        }
    }
}

/// What the `tls` or `tcp` routes of a VirtualService say of a connection.
pub(super) fn declared(
    world: &World,
    virtual_service: VirtualService<'_>,
    section: Section,
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> Option<Routed> {
    let owner = virtual_service.resource;
    let routes = owner.spec().into_iter().flat_map(|spec| spec.list(section.name()));
    for (position, own) in routes.enumerate() {
        let label = format!("{}[{position}]", section.name());
        let matches: Vec<Field<'_>> = own.list("match").collect();
        let step = format!("`{label}` of {}/{}", owner.namespace(), owner.name());
        let mut step = Reasoning::fails(step).at(own);
        let held = match (matches.as_slice(), section) {
            ([], Section::Tcp) => Some(vec![Reasoning::holds("it has no `match`, so everything matches")]),
            (matches, _) => matches.iter().find_map(|matching| {
                let settled = conditions(*matching, section, place, request, owner.namespace());
                settled.map_err(|reason| step.push(reason)).ok()
            }),
        };
        if own.list("route").len() == 0 {
            step.push(Reasoning::fails("it has no destination"));
        }
        let Some(held) = held.filter(|_| own.list("route").len() > 0) else {
            why.push(step);
            continue;
        };
        step.outcome = Outcome::Decides;
        step.steps = held;
        let as_route = HttpRoute { owner, own, root: None, matches: Vec::new(), label: label.clone() };
        let declared: Vec<Field<'_>> = own.list("route").collect();
        let weighted = declared.iter().filter_map(|item| {
            let weight = u32::try_from(item.integer("weight").unwrap_or(0)).unwrap_or(0);
            let weight = if declared.len() == 1 { 100 } else { weight };
            Some((item.get("destination")?, weight)).filter(|(_, weight)| *weight > 0)
        });
        let destinations = weighted.map(|(target, weight)| {
            let mut destination = forward::destination(world, target, &as_route, place, &mut step);
            destination.weight = weight;
            destination
        });
        let forward = Forward { destinations: destinations.collect(), ..Forward::default() };
        why.push(step);
        return Some(Routed::by(
            MatchedRule { object: owner.id().clone(), rule: label },
            RouteAction::Forward(Box::new(forward)),
        ));
    }
    None
}

/// The conditions of an L4 match: what holds, or the first that does not. Addresses of clients and destinations are not
/// known to the model; a match that asks for subnets of the destination is said and does not hold.
fn conditions(
    matching: Field<'_>,
    section: Section,
    place: Place<'_, '_>,
    request: &Request,
    owner: &str,
) -> Result<Vec<Reasoning>, Reasoning> {
    let mut held = Vec::new();
    if let Some(port) = matching.get("port").filter(|_| matching.integer("port") != Some(0)) {
        if matching.integer("port") != Some(i64::from(place.port)) {
            return Err(Reasoning::fails(format!("the port is {}", place.port)).at(port));
        }
        held.push(Reasoning::holds(format!("the port is {}", place.port)).at(port));
    }
    let gateways: Vec<String> = matching.texts("gateways").map(|name| gateway_name(name, owner)).collect();
    if !gateways.is_empty() && !gateways.iter().any(|name| name == place.gateway) {
        return Err(Reasoning::fails("it does not hold here").at(matching));
    }
    for (name, wanted) in matching.map("sourceLabels") {
        if place.client.label(name).is_none() || place.client.label(name) != wanted.as_str() {
            return Err(Reasoning::fails(format!("the client does not have the label `{name}`")).at(wanted));
        }
    }
    let namespace = matching.text("sourceNamespace");
    if !namespace.is_empty() && namespace != place.client.namespace() {
        return Err(Reasoning::fails(format!("the client is not in the namespace `{namespace}`")).at(matching));
    }
    if let Some(subnets) = matching.get("destinationSubnets") {
        return Err(Reasoning::fails("the address of the destination is not known here").at(subnets));
    }
    if section == Section::Tls {
        let wanted: Vec<&str> = matching.texts("sniHosts").collect();
        let name = match request.scheme {
            Scheme::Https => request.sni(),
            Scheme::Http | Scheme::Tcp => request.server_name.as_deref().unwrap_or_default(),
        };
        let fits = |host: &&str| **host == *name || host.strip_prefix('*').is_some_and(|end| name.ends_with(end));
        let Some(host) = wanted.iter().find(|host| fits(host)) else {
            return Err(
                Reasoning::fails(format!("the server name is `{name}`, none of {}", wanted.join(", "))).at(matching)
            );
        };
        held.push(Reasoning::holds(format!("the server name `{name}` is one of `{host}`")).at(matching));
    }
    Ok(held)
}
