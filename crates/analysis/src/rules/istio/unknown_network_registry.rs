//! The mesh networks name a registry that is none of the clusters.
//!
//! ## Why it matters
//!
//! Endpoints of that cluster are in no network, so requests to them do not go through its gateway and time out.
//!
//! ## What to do
//!
//! Use `Kubernetes`, or the name of a cluster for which a remote secret exists.

use manifest::Severity;
use std::collections::BTreeSet;

use mesh::{Field, World, kind};

use super::mesh_networks;
use crate::{Check, Code, Findings, Rule};

/// Registries that are not the name of a cluster.
const BUILT_IN: [&str; 3] = ["Mock", "Kubernetes", "External"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0126"),
    name: "UnknownMeshNetworksServiceRegistry",
    severity: Severity::Error,
    analyzer: Some("meshnetworks.MeshNetworksAnalyzer"),
    source: include_str!("unknown_network_registry.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let Some((source, networks)) = mesh_networks::of(world) else { return };
    let remote = world.of(kind::SECRET).filter(|secret| secret.label("istio/multiCluster") == Some("true"));
    let clusters = remote.flat_map(|secret| {
        let of = |name: &str| secret.at(&[name]).into_iter().flat_map(Field::members).map(|(cluster, _)| cluster);
        of("data").chain(of("stringData")).collect::<Vec<_>>()
    });
    let known: BTreeSet<&str> = BUILT_IN.into_iter().chain(clusters).collect();
    let mut told = BTreeSet::new();
    for (network, registry) in mesh_networks::registries(&networks) {
        if !known.contains(registry) && told.insert((network, registry)) {
            let message = format!("the network `{network}` names the registry `{registry}`, which is no known cluster");
            findings.at(&RULE, source.resource(), source.place(network), message);
        }
    }
}
