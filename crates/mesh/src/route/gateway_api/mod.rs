//! Where Gateway API's routes send a request: at a Gateway, and in the mesh (GAMMA).

mod attachment;
mod forward;
mod matching;

pub(super) use attachment::routes_of_service;
pub(super) use forward::Place;

use crate::reasoning::Reasoning;
use crate::request::{Client, Request, Scheme};
use crate::route::{Forward, MatchedRule, RouteAction, RouteDecision, Routed};
use crate::service::{Service, ServicePort};
use crate::{Resource, World, kind};
use attachment::{Listener, best_hostname, means, specificity};
use matching::Candidate;

/// Where a request goes that comes to a Gateway.
pub(super) fn route_at_gateway(world: &World, gateway: Resource<'_>, request: &Request) -> RouteDecision {
    let mut why = Reasoning::decides(String::new());
    let decision = at_listener(world, gateway, request, &mut why);
    decision.explained(request, why)
}

fn refused(status: u16) -> Routed {
    Routed::refused(status)
}

fn at_listener(world: &World, gateway: Resource<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let name = match request.scheme {
        Scheme::Http => &request.host,
        Scheme::Https | Scheme::Tcp => request.sni(),
    };
    let fitting = Listener::of(gateway, request.port).filter(|listener| {
        let protocol = match request.scheme {
            Scheme::Http => listener.protocol() == "HTTP",
            Scheme::Https => matches!(listener.protocol(), "HTTPS" | "TLS"),
            Scheme::Tcp => listener.protocol() == "TCP",
        };
        protocol && (request.scheme == Scheme::Tcp || means(listener.hostname(), name))
    });
    let Some(listener) = fitting.max_by_key(|listener| specificity(listener.hostname())) else {
        let step = format!("no listener at port {} takes `{name}`", request.port);
        why.push(Reasoning::decides(step).about(gateway));
        return refused(404);
    };
    why.push(Reasoning::holds(format!("the listener `{}`", listener.field.text("name"))).at(listener.field));
    let readable = request.scheme == Scheme::Http || (listener.protocol() == "HTTPS" && !listener.passes_tls());
    let kinds: &[_] = match (readable, listener.passes_tls()) {
        (true, _) => &[kind::HTTP_ROUTE, kind::GRPC_ROUTE],
        (false, true) => &[kind::TLS_ROUTE],
        (false, false) => &[kind::TLS_ROUTE, kind::TCP_ROUTE],
    };
    let mut attached: Vec<(String, Resource<'_>)> = Vec::new();
    for route in kinds.iter().flat_map(|kind| world.of(*kind)) {
        let step = || format!("{} {}/{}", route.kind(), route.namespace(), route.name());
        match listener.attaches(world, route) {
            None => continue,
            Some(Err(reason)) => {
                why.push(Reasoning::fails(step()).about(route).because([reason]));
                continue;
            }
            Some(Ok(())) => {}
        }
        let host = if readable { &request.host } else { name };
        let any = route.is(kind::TCP_ROUTE).then(|| "*".to_owned());
        match any.or_else(|| best_hostname(listener.hostname(), route, host)) {
            Some(hostname) => attached.push((hostname, route)),
            None => why.push(Reasoning::fails(format!("{} is not for `{host}`", step())).about(route)),
        }
    }
    let best = attached.iter().map(|(hostname, _)| specificity(hostname)).max();
    let (chosen, others): (Vec<_>, Vec<_>) =
        attached.into_iter().partition(|(hostname, _)| Some(specificity(hostname)) == best);
    for (hostname, route) in others {
        why.push(Reasoning::fails(format!("`{hostname}` fits the host less well than another route")).about(route));
    }
    let routes: Vec<Resource<'_>> = chosen.into_iter().map(|(_, route)| route).collect();
    let place = Place { client: Client::Gateway(gateway), parent: None };
    if readable { by_rules(world, &routes, place, request, why) } else { by_connection(world, &routes, place, why) }
}

/// Where a request to a Service goes if mesh routes are attached to it for this client; `None` if there are none.
pub(super) fn route_in_mesh(
    world: &World,
    client: Client<'_>,
    service: Service<'_>,
    port: ServicePort<'_>,
    request: &Request,
    why: &mut Reasoning,
) -> Option<Routed> {
    if !service.is_kubernetes() {
        return None;
    }
    let kinds = [kind::HTTP_ROUTE, kind::GRPC_ROUTE];
    let routes = routes_of_service(world, &kinds, service.resource(), port.number, client.namespace());
    if routes.is_empty() {
        return None;
    }
    let step = if routes.iter().all(|route| route.namespace() == service.namespace()) {
        "routes attached to the Service by its own namespace count for every client"
    } else {
        "routes attached to the Service by the client's namespace count for this client"
    };
    why.push(Reasoning::noted(step).about(service.resource()));
    Some(by_rules(world, &routes, Place { client, parent: Some((service, port)) }, request, why))
}

/// What the first rule does, in the order of precedence, whose match holds.
pub(super) fn by_rules(
    world: &World,
    routes: &[Resource<'_>],
    place: Place<'_>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    let Some((candidate, mut decided)) = first_matching(routes, request, why) else {
        why.push(Reasoning::decides("no rule of an attached route matches: clients get 404"));
        return refused(404);
    };
    let action = forward::action(world, &candidate, place, request, &mut decided);
    why.push(decided);
    let matched = Some(MatchedRule { object: candidate.route.id().clone(), rule: candidate.label() });
    Routed { action, matched }
}

/// The first rule, in the order of precedence, whose match holds, with what holds; every earlier one is said.
fn first_matching<'w>(
    routes: &[Resource<'w>],
    request: &Request,
    why: &mut Reasoning,
) -> Option<(Candidate<'w>, Reasoning)> {
    let mut candidates: Vec<Candidate<'w>> = routes.iter().flat_map(|route| Candidate::of(*route)).collect();
    candidates.sort_by_cached_key(|candidate| {
        let (strength, (created, namespace, name), position) = candidate.order();
        (strength, created.to_owned(), namespace.to_owned(), name.to_owned(), position)
    });
    for candidate in candidates {
        let (route, label) = (candidate.route, candidate.label());
        let step = format!("`{label}` of {} {}/{}", route.kind(), route.namespace(), route.name());
        match candidate.conditions(request) {
            Err(reason) => {
                let at = candidate.matching.unwrap_or(candidate.rule);
                why.push(Reasoning::fails(step).at(at).because([reason]));
            }
            Ok(held) => {
                let decided = Reasoning::decides(format!("{step} matches")).at(candidate.rule).because(held);
                return Some((candidate, decided));
            }
        }
    }
    None
}

/// The route whose rule a request that comes in matches first, for policies that are attached to routes.
pub(crate) fn matching_route<'w>(
    routes: &[Resource<'w>],
    request: &Request,
    why: &mut Reasoning,
) -> Option<Resource<'w>> {
    let (candidate, decided) = first_matching(routes, request, why)?;
    why.push(decided);
    Some(candidate.route)
}

/// The backends of the first route for a connection that is not read.
fn by_connection(world: &World, routes: &[Resource<'_>], place: Place<'_>, why: &mut Reasoning) -> Routed {
    let candidates = routes.iter().flat_map(|route| Candidate::of(*route));
    let Some(candidate) = candidates.min_by_key(|candidate| candidate.order()) else {
        why.push(Reasoning::decides("no attached route takes the connection: it is closed"));
        return refused(404);
    };
    let (route, label) = (candidate.route, candidate.label());
    let step = format!("`{label}` of {} {}/{}", route.kind(), route.namespace(), route.name());
    let mut decided = Reasoning::decides(step).at(candidate.rule);
    let mut destinations = Vec::new();
    for backend in candidate.rule.list("backendRefs") {
        let weight = u32::try_from(backend.integer("weight").unwrap_or(1)).unwrap_or(0);
        if weight > 0 {
            let destination = forward::backend_of(world, &candidate, backend, place, &mut decided);
            destinations.push(super::Destination { weight, ..destination });
        }
    }
    why.push(decided);
    Routed::by(
        MatchedRule { object: route.id().clone(), rule: label },
        RouteAction::Forward(Box::new(Forward { destinations, ..Forward::default() })),
    )
}
