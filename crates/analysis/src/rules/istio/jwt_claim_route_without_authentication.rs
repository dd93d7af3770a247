//! A VirtualService routes by claims of tokens at a gateway that checks no tokens.
//!
//! ## Why it matters
//!
//! Claims are known only where a RequestAuthentication has validated the token: the route never matches.
//!
//! ## What to do
//!
//! Apply a RequestAuthentication to the proxies of the gateway.

use manifest::Severity;
use mesh::selector::matches_labels;
use mesh::{Field, Resource, Workload, World, kind};

use super::bound_gateways::{self, Bound};
use super::selection::{self, name, workload_name};
use crate::{Check, Code, Findings, Rule};

/// What the name of a header begins with that stands for a claim.
const CLAIMS: &str = "@request.auth.claims";

pub(super) const RULE: Rule = Rule {
    code: Code("IST0149"),
    name: "JwtClaimBasedRoutingWithoutRequestAuthN",
    severity: Severity::Error,
    analyzer: Some("virtualservice.JWTClaimRouteAnalyzer"),
    source: include_str!("jwt_claim_route_without_authentication.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        let Some((claim, place)) = claim(service) else { continue };
        for (_, bound) in bound_gateways::of(world, service) {
            let Bound::Istio(gateway) = bound else { continue };
            for proxy in selection::workloads(world, None, gateway.at(&["spec", "selector"])) {
                if !is_authenticated(world, proxy) {
                    let (gateway, proxy) = (name(gateway), workload_name(proxy));
                    let message =
                        format!("routes by `{claim}`, but {proxy} of the Gateway `{gateway}` checks no tokens");
                    findings.at(&RULE, service, place, message);
                }
            }
        }
    }
}

/// The first claim that a VirtualService matches by.
fn claim(service: Resource<'_>) -> Option<(&str, Field<'_>)> {
    let matches = service.list(&["spec", "http"]).flat_map(|route| route.list("match"));
    let mut headers = matches.flat_map(|condition| condition.map("headers").chain(condition.map("withoutHeaders")));
    headers.find(|(header, _)| is_claim(header))
}

/// Whether a header stands for a claim: `@request.auth.claims.name`, or with the name in brackets.
fn is_claim(header: &str) -> bool {
    let Some((start, rest)) = header.split_at_checked(CLAIMS.len()) else { return false };
    let in_brackets = || rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_named = rest.strip_prefix('.').or_else(in_brackets).is_some_and(|name| !name.is_empty());
    start.eq_ignore_ascii_case(CLAIMS) && is_named
}

fn is_authenticated(world: &World, proxy: Workload<'_>) -> bool {
    let of_mesh = world.within(kind::REQUEST_AUTHENTICATION, world.mesh_config().root_namespace());
    let mut all = of_mesh.chain(world.within(kind::REQUEST_AUTHENTICATION, proxy.namespace()));
    all.any(|authentication| {
        let Some(spec) = authentication.spec() else { return true };
        let labels = spec.at(&["selector", "matchLabels"]);
        let is_targeted = spec.get("targetRef").is_some() || spec.list("targetRefs").len() > 0;
        !is_targeted && labels.is_none_or(|labels| matches_labels(labels, |name| proxy.label(name)))
    })
}
