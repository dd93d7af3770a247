//! Several VirtualServices of the mesh are for the same host, and a namespace sees them all.
//!
//! ## Why it matters
//!
//! Inside the mesh they are not merged: only one of them counts, and which one is not defined.
//!
//! ## What to do
//!
//! Make one VirtualService of them, delegate to the others, or export them to different namespaces.

use manifest::Severity;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use mesh::{Field, Resource, World, kind};

use super::export_scopes;
use super::hosts::full_name;
use super::selection::{listing, name};
use crate::{Check, Code, Findings, Rule};

/// A VirtualService, and where it names a host.
type Claim<'w> = (Resource<'w>, Field<'w>);

/// How many others a finding asks about: what is longer helps nobody.
const MOST: usize = 50;

pub(super) const RULE: Rule = Rule {
    code: Code("IST0109"),
    name: "ConflictingMeshGatewayVirtualServiceHosts",
    severity: Severity::Error,
    analyzer: Some("virtualservice.ConflictingMeshGatewayHostsAnalyzer"),
    source: include_str!("mesh_hosts_conflict.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut claims: HashMap<(&str, String), Vec<Claim<'_>>> = HashMap::new();
    for service in world.of(kind::VIRTUAL_SERVICE).filter(|service| is_of_mesh(*service)) {
        let mut own = BTreeSet::new();
        for host in service.list(&["spec", "hosts"]) {
            let full = full_name(world, service, host.as_str().unwrap_or_default());
            if own.insert(full.clone()) {
                for scope in export_scopes::of(service) {
                    claims.entry((scope, full.clone())).or_default().push((service, host));
                }
            }
        }
    }
    let mut told: BTreeMap<String, (Claim<'_>, Vec<Claim<'_>>, &str)> = BTreeMap::new();
    // A host that one alone claims for everybody is in no conflict, as most are.
    let contested = claims.iter().filter(|((scope, _), own)| own.len() > 1 || *scope != "*");
    let sorted: BTreeMap<_, _> = contested.collect();
    for ((scope, host), own) in sorted {
        let everywhere = if *scope == "*" { None } else { claims.get(&("*", host.clone())) };
        let rivals: Vec<Claim<'_>> = own.iter().chain(everywhere.into_iter().flatten()).copied().collect();
        for rival in rivals.iter().filter(|_| rivals.len() > 1) {
            let nearest = rivals.iter().take(MOST).copied().collect();
            told.entry(name(rival.0)).or_insert((*rival, nearest, host));
        }
    }
    for ((service, place), rivals, host) in told.into_values() {
        let others: Vec<Claim<'_>> = rivals.into_iter().filter(|(other, _)| *other != service).collect();
        let names: Vec<String> = others.iter().map(|(other, _)| name(*other)).collect();
        let names = listing(names.iter().map(String::as_str));
        let message = format!("inside the mesh the host `{host}` is claimed by {names} too");
        let finding = findings.at(&RULE, service, place, message);
        if let [(_, only)] = others.as_slice() {
            finding.see(only.location(), "the other one");
        }
    }
}

/// Whether a VirtualService is for requests that start inside the mesh.
fn is_of_mesh(service: Resource<'_>) -> bool {
    let mut gateways = service.list(&["spec", "gateways"]).peekable();
    gateways.peek().is_none() || gateways.any(|gateway| gateway.as_str() == Some("mesh"))
}
