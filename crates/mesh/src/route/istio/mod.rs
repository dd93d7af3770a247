//! Where Istio sends a request.

mod ambient;
pub(crate) mod destination_rule;
mod forward;
mod gateway;
mod http_match;
mod layer4;
mod mesh;
mod scope;
mod virtual_service;

pub(super) use ambient::route_in_ambient;
pub(super) use gateway::route_at_gateway;
pub(super) use mesh::route_in_mesh;

use crate::World;
use crate::reasoning::Reasoning;
use crate::request::Request;
use crate::route::{MatchedRule, RouteAction};
use http_match::{Place, conditions, impossible, is_catch_all};
use virtual_service::{HttpMatch, HttpRoute, VirtualService};

/// One way into a route: the route, and the match that leads there if it has any.
#[derive(Debug, Clone)]
struct Entry<'w> {
    route: HttpRoute<'w>,
    matching: Option<HttpMatch<'w>>,
    /// Which of its route's matches it is.
    position: usize,
}

/// The entries of a VirtualService that can hold at a place, up to the first that holds for everything (Istio
/// `BuildHTTPRoutesForVirtualService`). Those that cannot are said.
fn entries<'w>(
    world: &'w World,
    virtual_service: VirtualService<'w>,
    place: Place<'_, '_>,
    why: &mut Reasoning,
) -> Vec<Entry<'w>> {
    let mut found = Vec::new();
    for route in virtual_service.http_routes(world, why) {
        if route.matches.is_empty() {
            found.push(Entry { route, matching: None, position: 0 });
            return found;
        }
        for (position, matching) in route.matches.iter().copied().enumerate() {
            if let Some(reason) = impossible(matching, place, route.owner.namespace()) {
                let step = format!("`{}`, match {position}", route.label);
                why.push(Reasoning::fails(step).at(matching.own).because([reason]));
                continue;
            }
            found.push(Entry { route: route.clone(), matching: Some(matching), position });
            if is_catch_all(matching) {
                return found;
            }
        }
    }
    found
}

impl Entry<'_> {
    /// Whether it holds for every request.
    fn is_catch_all(&self) -> bool {
        self.matching.is_none_or(is_catch_all)
    }
}

/// The first entry that a request satisfies, and what its route does. Every earlier one is said with the condition that
/// does not hold.
fn first_matching(
    world: &World,
    entries: &[Entry<'_>],
    place: Place<'_, '_>,
    request: &Request,
    why: &mut Reasoning,
) -> Option<(RouteAction, MatchedRule)> {
    for Entry { route, matching, position } in entries {
        let (label, owner) = (&route.label, route.owner);
        let held = match matching.map(|matching| conditions(matching, request)) {
            None => vec![Reasoning::holds("it has no `match`, so everything matches")],
            Some(Ok(held)) if held.is_empty() => vec![Reasoning::holds("the match asks for nothing")],
            Some(Ok(held)) => held,
            Some(Err(reason)) => {
                let step = format!("`{label}` of {}/{}, match {position}", owner.namespace(), owner.name());
                let at = matching.map_or(route.own, |matching| matching.own);
                why.push(Reasoning::fails(step).at(at).because([reason]));
                continue;
            }
        };
        let step = format!("`{label}` of {}/{} matches", owner.namespace(), owner.name());
        let mut decided = Reasoning::decides(step).at(route.own).because(held);
        let action = forward::action(world, route, *matching, place, request, &mut decided);
        why.push(decided);
        return Some((action, MatchedRule { object: owner.id().clone(), rule: label.clone() }));
    }
    None
}
