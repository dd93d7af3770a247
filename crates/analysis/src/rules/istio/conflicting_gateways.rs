//! Gateways open the same port of the same proxies for the same host.
//!
//! ## Why it matters
//!
//! Which of them a request belongs to is decided by which is older. A VirtualService that is bound to the other one
//! never sees it.
//!
//! ## What to do
//!
//! Keep the host in one of the Gateways, or give them different ports.

use manifest::Severity;
use std::collections::{BTreeSet, HashMap, HashSet};

use mesh::{Field, Resource, World, kind};

use super::selection::{self, listing, name};
use crate::{Check, Code, Findings, Rule};

/// What only one Gateway of a proxy can have: a host at a port of an address.
type Place<'w> = (i64, &'w str, &'w str);

pub(super) const RULE: Rule = Rule {
    code: Code("IST0145"),
    name: "ConflictingGateways",
    severity: Severity::Error,
    analyzer: Some("gateway.ConflictingGatewayAnalyzer"),
    source: include_str!("conflicting_gateways.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut claims: HashMap<Place<'_>, Vec<usize>> = HashMap::new();
    let gateways: Vec<Resource<'_>> = world.of(kind::ISTIO_GATEWAY).collect();
    for (position, gateway) in gateways.iter().enumerate() {
        let places: HashSet<Place<'_>> = gateway.list(&["spec", "servers"]).flat_map(places).collect();
        places.into_iter().for_each(|place| claims.entry(place).or_default().push(position));
    }
    claims.retain(|_, claimants| claimants.len() > 1);
    let neighbours = Neighbours::new(world, &gateways, claims.values().flatten().copied().collect());
    for (position, gateway) in gateways.iter().enumerate() {
        let mut told = HashSet::new();
        for server in gateway.list(&["spec", "servers"]) {
            let rivals: BTreeSet<usize> = places(server)
                .filter_map(|place| claims.get(&place))
                .flatten()
                .copied()
                .filter(|other| *other != position && neighbours.share_a_proxy(position, *other))
                .collect();
            let (port, place) = port(server);
            let hosts = listing(server.texts("hosts"));
            if !rivals.is_empty() && told.insert((port, hosts.clone())) {
                let names: Vec<String> = rivals.iter().map(|rival| name(gateways[*rival])).collect();
                let names = listing(names.iter().map(String::as_str));
                let message = format!("the port {port} is also claimed by {names} for hosts among {hosts}");
                findings.at(&RULE, *gateway, place, message);
            }
        }
    }
}

fn port(server: Field<'_>) -> (i64, Field<'_>) {
    let port = server.get("port");
    (port.and_then(|port| port.integer("number")).unwrap_or_default(), port.unwrap_or(server))
}

fn places(server: Field<'_>) -> impl Iterator<Item = Place<'_>> {
    let number = port(server).0;
    server.texts("hosts").map(move |host| (number, server.text("bind"), host))
}

/// Which Gateways stand in the same proxies: those with one selector, and those whose selectors meet in a workload.
struct Neighbours {
    selectors: Vec<String>,
    proxies: Vec<Vec<String>>,
}

impl Neighbours {
    fn new(world: &World, gateways: &[Resource<'_>], asked: HashSet<usize>) -> Neighbours {
        let mut known: HashMap<String, Vec<String>> = HashMap::new();
        let (mut selectors, mut proxies) = (Vec::new(), Vec::new());
        for (position, gateway) in gateways.iter().enumerate() {
            let labels = gateway.at(&["spec", "selector"]);
            let selector = selection::text(labels);
            let found = match known.get(&selector) {
                _ if !asked.contains(&position) => Vec::new(),
                Some(found) => found.clone(),
                None => {
                    let selected = selection::workloads(world, None, labels);
                    let mut names: Vec<String> = selected.into_iter().map(selection::workload_name).collect();
                    names.sort();
                    known.insert(selector.clone(), names.clone());
                    names
                }
            };
            selectors.push(selector);
            proxies.push(found);
        }
        Neighbours { selectors, proxies }
    }

    fn share_a_proxy(&self, one: usize, other: usize) -> bool {
        self.selectors[one] == self.selectors[other]
            || self.proxies[one].iter().any(|proxy| self.proxies[other].binary_search(proxy).is_ok())
    }
}
