//! A DestinationRule says how requests are sent to a service of the ambient mesh that no waypoint stands before.
//!
//! ## Why it matters
//!
//! Clients in the ambient mesh only pass connections on: it is the waypoint of a service that counts requests, takes pods out that
//! fail, and sends a user to the same pod again. Without one, nothing of that happens.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace.

use std::collections::HashSet;

use manifest::Severity;
use mesh::{Field, Resource, World, host, kind};

use super::ambient::{Waypoint, serves_ambient, waypoint};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0211"),
    name: "TrafficPolicyWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("traffic_policy_without_waypoint.rs"),
    check: Check::Namespace(check),
};

/// What a traffic policy says of requests.
const OF_REQUESTS: [&[&str]; 4] = [
    &["loadBalancer", "consistentHash", "httpHeaderName"],
    &["loadBalancer", "consistentHash", "httpCookie"],
    &["connectionPool", "http"],
    &["outlierDetection"],
];

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let mut by_gateways = None;
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some((what, field)) = of_requests(rule) else { continue };
        let domain = &world.options().cluster_domain;
        let written = rule.at(&["spec", "host"]).and_then(Field::as_str).unwrap_or_default();
        let name = host::full_name(written, rule.namespace(), domain);
        let Some(service) = world.services_with_host(&name).find(|service| service.is_kubernetes()) else { continue };
        if waypoint(world, service.resource()) != Waypoint::Absent || !serves_ambient(world, service) {
            continue;
        }
        // A gateway in front reads requests too, and does what the rule says.
        if !by_gateways.get_or_insert_with(|| routed_by_gateways(world)).contains(&name) {
            let message =
                format!("no waypoint stands before `{name}`, so clients in the ambient mesh know no `{what}`");
            findings
                .at(&RULE, rule, field, message)
                .hint("Add `istio.io/use-waypoint` to the service or its namespace.")
                .see(service.resource().location(), "the service is here");
        }
    }
}

/// The first thing that a DestinationRule says of requests, and its name.
fn of_requests(rule: Resource<'_>) -> Option<(String, Field<'_>)> {
    let of_subsets = rule.list(&["spec", "subsets"]).filter_map(|subset| subset.get("trafficPolicy"));
    let mut policies = rule.at(&["spec", "trafficPolicy"]).into_iter().chain(of_subsets);
    let first = |policy: Field<'_>| OF_REQUESTS.into_iter().find(|path| policy.at(path).is_some());
    policies.find_map(|policy| first(policy).and_then(|path| Some((path.join("."), policy.at(path)?))))
}

/// The hosts to which gateways send requests.
fn routed_by_gateways(world: &World) -> HashSet<String> {
    let domain = &world.options().cluster_domain;
    let mut hosts = HashSet::new();
    for route in world.of(kind::VIRTUAL_SERVICE) {
        let Some(spec) = route.spec().filter(|spec| spec.texts("gateways").any(|name| name != "mesh")) else {
            continue;
        };
        let rules = ["http", "tls", "tcp"].into_iter().flat_map(|protocol| spec.list(protocol));
        let destinations = rules.flat_map(|rule| rule.list("route")).filter_map(|route| route.get("destination"));
        hosts.extend(destinations.map(|found| host::full_name(found.text("host"), route.namespace(), domain)));
    }
    for route in [kind::HTTP_ROUTE, kind::GRPC_ROUTE, kind::TLS_ROUTE, kind::TCP_ROUTE]
        .into_iter()
        .flat_map(|kind| world.of(kind))
    {
        let is_gateway = |parent: Field<'_>| matches!(parent.text("kind"), "" | "Gateway");
        if !route.list(&["spec", "parentRefs"]).any(is_gateway) {
            continue;
        }
        for backend in route.list(&["spec", "rules"]).flat_map(|rule| rule.list("backendRefs")) {
            let namespace = backend.get("namespace").and_then(Field::as_str).unwrap_or(route.namespace());
            hosts.insert(host::full_name(backend.text("name"), namespace, domain));
        }
    }
    hosts
}
