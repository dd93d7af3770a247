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
use std::collections::{BTreeMap, HashMap, HashSet};

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
    // Only what is asked for is looked up: mostly either all destinations have subsets or none has.
    let asking: Vec<(Resource<'_>, Vec<(String, Field<'_>)>)> = world
        .of(kind::VIRTUAL_SERVICE)
        .filter(|service| service.list(&["spec", "gateways"]).next().is_some())
        .map(|service| (service, named(world, service, str::is_empty)))
        .collect();
    let asked: HashSet<&str> = asking.iter().flat_map(|(_, found)| found).map(|(host, _)| host.as_str()).collect();
    if asked.is_empty() {
        return;
    }
    let choosers = choosers(world, &asked);
    for (service, destinations) in &asking {
        let mut told = BTreeMap::new();
        for (host, destination) in destinations {
            for chooser in choosers.get(host.as_str()).into_iter().flatten() {
                told.entry(name(*chooser)).or_insert((*chooser, *destination));
            }
        }
        for (other, (chooser, destination)) in told {
            let host = destination.text("host");
            let message =
                format!("the subsets that `{other}` chooses for `{host}` do not count for requests of the gateway");
            findings.at(&RULE, *service, destination, message).see(chooser.location(), "the subsets are chosen here");
        }
    }
}

/// The VirtualServices that choose subsets for a host of their own, by the host, as far as somebody asks.
fn choosers<'w>(world: &'w World, asked: &HashSet<&str>) -> HashMap<String, Vec<Resource<'w>>> {
    let mut choosers: HashMap<String, Vec<Resource<'w>>> = HashMap::new();
    for service in world.of(kind::VIRTUAL_SERVICE) {
        let own = || service.spec().into_iter().flat_map(|spec| spec.texts("hosts"));
        for (host, destination) in named(world, service, |subset| !subset.is_empty()) {
            let written = destination.text("host");
            let is_own = || own().any(|own| own == written || full_name(world, service, own) == host);
            if asked.contains(host.as_str()) && is_own() {
                let choosers = choosers.entry(host).or_default();
                if choosers.last() != Some(&service) {
                    choosers.push(service);
                }
            }
        }
    }
    choosers
}

/// The destinations of a VirtualService with such a subset, each with the full name of its host.
fn named<'w>(world: &World, service: Resource<'w>, is_such: fn(&str) -> bool) -> Vec<(String, Field<'w>)> {
    let such = destinations(service).filter(|destination| is_such(destination.text("subset")));
    such.map(|destination| (full_name(world, service, destination.text("host")), destination)).collect()
}

fn destinations(service: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let routes = service.list(&["spec", "http"]).flat_map(|route| route.list("route"));
    routes.filter_map(|route| route.get("destination"))
}
