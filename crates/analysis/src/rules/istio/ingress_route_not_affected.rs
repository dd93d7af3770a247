//! A VirtualService of a gateway sends requests to a host without a subset, and the subsets of that host are chosen by
//! another VirtualService.
//!
//! ## Why it matters
//!
//! The gateway sends the requests straight to the pods. Rules that another VirtualService has for the same host apply
//! only to requests that start inside the mesh.
//!
//! ## What to do
//!
//! Choose the subset in the VirtualService of the gateway too.

use manifest::Severity;
use std::collections::{BTreeMap, HashMap};

use mesh::{Field, Resource, World, kind};

use super::hosts::full_name;
use super::selection::name;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0140"),
    name: "IngressRouteRulesNotAffected",
    severity: Severity::Warning,
    analyzer: Some("virtualservice.DestinationHostAnalyzer"),
    source: include_str!("ingress_route_not_affected.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut choosers: HashMap<String, Vec<Resource<'_>>> = HashMap::new();
    for service in world.of(kind::VIRTUAL_SERVICE) {
        let own = || service.spec().into_iter().flat_map(|spec| spec.texts("hosts"));
        for destination in destinations(service).filter(|destination| !destination.text("subset").is_empty()) {
            let written = destination.text("host");
            let host = full_name(world, service, written);
            if own().any(|own| own == written || full_name(world, service, own) == host) {
                let choosers = choosers.entry(host).or_default();
                if choosers.last() != Some(&service) {
                    choosers.push(service);
                }
            }
        }
    }
    for service in world.of(kind::VIRTUAL_SERVICE) {
        if service.list(&["spec", "gateways"]).next().is_none() {
            continue;
        }
        let mut told = BTreeMap::new();
        for destination in destinations(service).filter(|destination| destination.text("subset").is_empty()) {
            let others = choosers.get(&full_name(world, service, destination.text("host")));
            for chooser in others.into_iter().flatten() {
                told.entry(name(*chooser)).or_insert((*chooser, destination));
            }
        }
        for (other, (chooser, destination)) in told {
            let host = destination.text("host");
            let message =
                format!("the subsets that `{other}` chooses for `{host}` do not count for requests of the gateway");
            findings.at(&RULE, service, destination, message).see(chooser.location(), "the subsets are chosen here");
        }
    }
}

fn destinations(service: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let routes = service.list(&["spec", "http"]).flat_map(|route| route.list("route"));
    routes.filter_map(|route| route.get("destination"))
}
