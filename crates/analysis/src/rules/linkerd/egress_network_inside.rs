//! An EgressNetwork holds addresses of the cluster itself.
//!
//! ## Why it matters
//!
//! An EgressNetwork is for what is outside. If one of its networks overlaps with the networks of the cluster (`clusterNetworks` of
//! Linkerd's values), Linkerd does not accept it: no route that names it is followed, and what it was to deny is allowed.
//!
//! ## What to do
//!
//! Leave the cluster's networks out with `except`, or leave out `networks`: then it is everything that is not in the cluster.

use manifest::Severity;
use mesh::cidr::Cidr;
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0118"),
    name: "EgressNetworkInside",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("egress_network_inside.rs"),
    check: Check::World(check),
};

/// The networks of a cluster unless the values say otherwise.
const DEFAULT: &str = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8";

fn check(world: &World, findings: &mut Findings) {
    let Some((written, place)) = cluster_networks(world) else { return };
    let inside: Vec<(&str, Cidr)> =
        written.split(',').map(str::trim).filter_map(|text| Some((text, Cidr::parse(text)?))).collect();
    for egress in world.of(kind::LINKERD_EGRESS_NETWORK) {
        for network in egress.list(&["spec", "networks"]) {
            let Some(field) = network.get("cidr") else { continue };
            let shown = field.as_str().unwrap_or_default();
            let Some(range) = Cidr::parse(shown) else { continue };
            let excepted: Vec<Cidr> = network.texts("except").filter_map(Cidr::parse).collect();
            let overlapping = inside.iter().find(|(_, own)| {
                (own.covers(range) || range.covers(*own)) && !excepted.iter().any(|except| except.covers(*own))
            });
            if let Some((own, _)) = overlapping {
                findings
                    .at(&RULE, egress, field, format!("`{shown}` overlaps with `{own}`, which is in the cluster"))
                    .hint("Leave the networks of the cluster out with `except`.")
                    .see(place.location(), "what is in the cluster is said here");
            }
        }
    }
}

/// The networks of the cluster as the control plane is told, and where; `None` if no control plane is declared.
fn cluster_networks(world: &World) -> Option<(&str, Field<'_>)> {
    let by_argument = world.of(kind::DEPLOYMENT).filter(|deployment| deployment.name() == "linkerd-destination");
    let mut containers =
        by_argument.flat_map(|deployment| deployment.list(&["spec", "template", "spec", "containers"]));
    let argument = containers.find_map(|container| {
        let mut arguments = container.list("args");
        arguments.find_map(|field| Some((field.as_str()?.strip_prefix("--cluster-networks=")?, field)))
    });
    argument.or_else(|| {
        world.of(kind::HELM_RELEASE).find_map(|release| {
            let chart = release.at(&["spec", "chart", "spec", "chart"])?;
            // Values from elsewhere may say anything.
            let all_here =
                chart.as_str() == Some("linkerd-control-plane") && release.at(&["spec", "valuesFrom"]).is_none();
            let said = release.at(&["spec", "values", "clusterNetworks"]);
            let said = said.and_then(|field| Some((field.as_str()?, field)));
            all_here.then(|| said.unwrap_or((DEFAULT, chart)))
        })
    })
}
