//! A Service is not the same in all clusters of a mesh.
//!
//! ## Why it matters
//!
//! Istio takes Services of one name and namespace for one service. If their ports or types differ, requests that reach
//! endpoints of another cluster fail, or find a port that is not there.
//!
//! ## What to do
//!
//! Declare the Service alike in all clusters.

use manifest::Severity;
use std::collections::BTreeMap;

use manifest::Value;
use mesh::{Resource, kind};

use super::selection::listing;
use crate::{Check, Code, Findings, Fleet, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0170"),
    name: "MultiClusterInconsistentService",
    severity: Severity::Warning,
    analyzer: Some("services.MultiClusterServiceAnalyzer"),
    source: include_str!("inconsistent_service.rs"),
    check: Check::Fleet(check),
};

fn check(fleet: &Fleet<'_>, findings: &mut Findings) {
    let mut services: BTreeMap<(&str, &str), Vec<(&str, Resource<'_>)>> = BTreeMap::new();
    for (cluster, world) in fleet.clusters() {
        for service in world.of(kind::SERVICE) {
            services.entry((service.namespace(), service.name())).or_default().push((cluster, service));
        }
    }
    for of_clusters in services.into_values() {
        let Some(((first_cluster, first), others)) = of_clusters.split_first() else { continue };
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (cluster, other) in others {
            for reason in differences(*first, *other) {
                reasons.entry(reason).or_default().push(cluster);
            }
        }
        if !reasons.is_empty() {
            let clusters = listing(reasons.values().flatten().copied().chain([*first_cluster]));
            let what = reasons.into_keys().collect::<Vec<_>>().join(", ");
            findings.about(&RULE, *first, format!("the clusters {clusters} do not agree about its {what}"));
        }
    }
}

fn differences(one: Resource<'_>, other: Resource<'_>) -> impl Iterator<Item = &'static str> {
    let text = |service: Resource<'_>, name: &str| service.spec().map_or("", |spec| spec.text(name)).to_owned();
    let is_headless = |service| text(service, "clusterIP") == "None";
    let kind_of = |service| Some(text(service, "type")).filter(|kind| !kind.is_empty() && kind != "ClusterIP");
    [
        (is_headless(one) != is_headless(other)).then_some("cluster IP"),
        (kind_of(one) != kind_of(other)).then_some("type"),
        (ports(one) != ports(other)).then_some("ports"),
    ]
    .into_iter()
    .flatten()
}

/// The ports in an order of their own, with the protocol that is meant where none is written.
fn ports(service: Resource<'_>) -> Vec<String> {
    let mut ports: Vec<String> = service
        .list(&["spec", "ports"])
        .map(|port| {
            let mut port = port.value().clone();
            if let Value::Object(members) = &mut port {
                members.entry("protocol").or_insert_with(|| Value::from("TCP"));
            }
            port.to_string()
        })
        .collect();
    ports.sort();
    ports
}
