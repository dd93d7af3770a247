//! A service of the mesh can be reached from outside without passing a gateway.
//!
//! ## Why it matters
//!
//! A LoadBalancer or a NodePort leads straight to the pods: past the gateway's TLS, authentication, limits and logs. Where the
//! mesh is strict, the requests fail; where it is permissive, they come in as plain text.
//!
//! ## What to do
//!
//! Make the service a ClusterIP and route to it through a gateway.

use std::collections::HashSet;

use manifest::Severity;
use mesh::{World, kind};

use crate::membership::{Membership, is_gateway};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0016"),
    name: "BypassesGateway",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("bypasses_gateway.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut gateways: HashSet<(&str, &str)> = HashSet::new();
    for gateway in world.of(kind::ISTIO_GATEWAY) {
        let selector = gateway.at(&["spec", "selector"]).filter(|selector| selector.members().next().is_some());
        let selected = selector.map(|selector| world.selected_workloads(None, selector)).unwrap_or_default();
        gateways.extend(selected.iter().map(|workload| (workload.namespace(), workload.name())));
    }
    for service in world.services().filter(|service| service.is_kubernetes()) {
        let resource = service.resource();
        let Some(kind) = resource.at(&["spec", "type"]) else { continue };
        if !matches!(kind.as_str(), Some("LoadBalancer" | "NodePort")) {
            continue;
        }
        let serving = service.workloads(world).into_iter().find(|workload| {
            let is_gateway = gateways.contains(&(workload.namespace(), workload.name())) || is_gateway(*workload);
            Membership::of(world, *workload) != Membership::Outside && !is_gateway
        });
        if let Some(workload) = serving {
            let shown = kind.as_str().unwrap_or_default();
            let message = format!("the {shown} leads to `{}` past every gateway", workload.resource().id());
            findings
                .at(&RULE, resource, kind, message)
                .hint("Write `type: ClusterIP`, and route to the service through a gateway.")
                .see(workload.resource().location(), "this workload is in the mesh");
        }
    }
}
