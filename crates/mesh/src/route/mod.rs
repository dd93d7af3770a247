//! Where a request goes: Istio's VirtualServices and Gateways, Gateway API's routes at gateways and in the mesh, and
//! Linkerd's routes and profiles.

mod decision;
mod gateway_api;
mod istio;
mod kubernetes;
mod linkerd;

pub use decision::{
    Destination, Forward, HeaderChange, HeaderChanges, MatchedRule, Mirror, Redirect, Response, RouteAction,
    RouteDecision,
};

pub(crate) use gateway_api::matching_route;
pub(crate) use istio::destination_rule::DestinationRules;

use crate::membership::Proxy;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request};
use crate::service::Service;
use crate::{World, extension, kind, path};

impl World {
    /// Where a request of a client goes, and why.
    pub fn route(&self, client: Client<'_>, request: &Request) -> RouteDecision {
        let (proxy, why) = match client {
            Client::Gateway(gateway) if gateway.is(kind::ISTIO_GATEWAY) => {
                return istio::route_at_gateway(self, gateway, &path::normalized(self, request));
            }
            Client::Gateway(gateway) => return gateway_api::route_at_gateway(self, gateway, request),
            Client::Workload(workload) => self.proxy_of(workload),
            Client::Namespace(namespace) => self.proxy_of_namespace(namespace),
        };
        let mut decision = match proxy {
            Proxy::Sidecar => istio::route_in_mesh(self, client, &path::normalized(self, request)),
            Proxy::Ambient => istio::route_in_ambient(self, client, &path::normalized(self, request)),
            Proxy::Linkerd => linkerd::route(self, client, request),
            Proxy::None => kubernetes::route(self, client, request),
        };
        let step = match proxy {
            Proxy::Sidecar => "Istio's proxy of the client routes",
            Proxy::Ambient => "the client is in Istio's ambient mesh, where waypoints route",
            Proxy::Linkerd => "Linkerd's proxy of the client routes",
            Proxy::None => "the client has no proxy, so only Kubernetes routes",
        };
        if proxy.is_istio() {
            extension::mention(self, client.namespace(), |name| client.label(name), &mut decision.reasoning);
        }
        decision.reasoning.steps.insert(0, Reasoning::noted(step).because([why]));
        decision
    }
}

/// The DestinationRules that hold for connections of a client to a service.
pub(crate) fn destination_rules<'w>(
    world: &'w World,
    client: Client<'w>,
    service: Service<'_>,
    why: &mut Reasoning,
) -> Option<DestinationRules<'w>> {
    DestinationRules::of(world, client, service, why)
}

/// What is done with a request, while the reasoning is still being written.
#[derive(Debug, Clone, PartialEq)]
struct Routed {
    action: RouteAction,
    matched: Option<MatchedRule>,
}

impl Routed {
    /// Done because no rule says anything else.
    fn unmatched(action: RouteAction) -> Routed {
        Routed { action, matched: None }
    }

    /// Done because a rule says so.
    fn by(matched: MatchedRule, action: RouteAction) -> Routed {
        Routed { action, matched: Some(matched) }
    }

    /// An answer of the proxy because nothing else can be done.
    fn refused(status: u16) -> Routed {
        Routed::unmatched(RouteAction::Refuse(Response { status, body: None }))
    }

    /// The decision, once all that led to it is said. Its first sentence is what is done.
    fn explained(self, request: &Request, mut why: Reasoning) -> RouteDecision {
        why.step = self.action.sentence(request);
        RouteDecision { action: self.action, matched: self.matched, reasoning: why }
    }
}
