//! No listener of its Gateway takes a route.
//!
//! ## Why it matters
//!
//! A listener says which namespaces and kinds of routes may attach, by default only its own namespace. The route is refused, in
//! its status only, and serves no request.
//!
//! ## What to do
//!
//! Let the listener's `allowedRoutes` select the namespace of the route, or attach the route to another listener.

use manifest::Severity;
use mesh::selector::matches_selector;
use mesh::{Field, Resource, World, kind};

use super::references::{gateway, listeners, routes};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0102"),
    name: "RouteNotAllowed",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("route_not_allowed.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for route in routes(world) {
        for parent in route.list(&["spec", "parentRefs"]) {
            let Some(gateway) = gateway(world, route, parent) else { continue };
            let mut refusals = Vec::new();
            let mut taken = false;
            for listener in listeners(gateway, parent) {
                match refusal(world, gateway, listener, route) {
                    Some(why) => refusals.push((listener, why)),
                    None => taken = true,
                }
            }
            if let (false, Some((listener, why))) = (taken, refusals.first()) {
                let message = format!("no listener of `{}` takes the route: {why}", gateway.id());
                findings
                    .at(&RULE, route, parent.get("name").unwrap_or(parent), message)
                    .hint("Let `allowedRoutes` of a listener take the route.")
                    .see(listener.location(), "the listener is here");
            }
        }
    }
}

/// Why a listener does not take a route.
fn refusal(world: &World, gateway: Resource<'_>, listener: Field<'_>, route: Resource<'_>) -> Option<String> {
    let name = listener.text("name");
    let allowed = listener.get("allowedRoutes");
    let mut kinds = allowed.into_iter().flat_map(|allowed| allowed.list("kinds")).peekable();
    let by_kind = match kinds.peek() {
        Some(_) => kinds.any(|kind| kind.text("kind") == route.kind()),
        None => by_protocol(listener.text("protocol"), route),
    };
    if !by_kind {
        return Some(format!("`{name}` serves no {}", route.kind()));
    }
    let namespaces = allowed.and_then(|allowed| allowed.get("namespaces"));
    let own = route.namespace() == gateway.namespace();
    let by_namespace = match namespaces.map_or("", |namespaces| namespaces.text("from")) {
        "All" => true,
        "None" => false,
        "Selector" => {
            let selector = namespaces.and_then(|namespaces| namespaces.get("selector"));
            // A namespace that is not declared may have any labels.
            match (selector, world.find(kind::NAMESPACE, "", route.namespace())) {
                (Some(selector), Some(namespace)) => matches_selector(selector, |label| {
                    let name = "kubernetes.io/metadata.name";
                    if label == name { Some(namespace.name()) } else { namespace.label(label) }
                }),
                (None, _) | (_, None) => true,
            }
        }
        _ => own,
    };
    (!by_namespace).then(|| format!("`{name}` takes none of the namespace `{}`", route.namespace()))
}

/// Which routes the protocol of a listener goes with, where it does not say itself.
fn by_protocol(protocol: &str, route: Resource<'_>) -> bool {
    match protocol {
        "HTTP" => route.is(kind::HTTP_ROUTE) || route.is(kind::GRPC_ROUTE),
        "HTTPS" => route.is(kind::HTTP_ROUTE) || route.is(kind::GRPC_ROUTE) || route.is(kind::TLS_ROUTE),
        "TLS" => route.is(kind::TLS_ROUTE) || route.is(kind::TCP_ROUTE),
        "TCP" => route.is(kind::TCP_ROUTE),
        "UDP" => false,
        // Implementations may have protocols of their own.
        _ => true,
    }
}
