//! Kubernetes' NetworkPolicy: which connections there are at all.

use core::net::IpAddr;

use super::Passage;
use super::decision::{AccessQuestion, rule};
use crate::cidr::Cidr;
use crate::reasoning::Reasoning;
use crate::selector::matches_selector;
use crate::workload::Workload;
use crate::{Field, Resource, World, kind};

/// Which way a policy looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    fn member(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    fn peers(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        }
    }
}

/// The other end of a connection, as a policy sees it.
#[derive(Debug, Clone, Copy)]
struct End<'w> {
    workload: Option<Workload<'w>>,
    ip: Option<IpAddr>,
}

/// Whether the policies for the client's way out and for the workload's way in have no objection.
pub(super) fn passage(world: &World, question: AccessQuestion<'_, '_>, why: &mut Reasoning) -> Passage {
    let target = End { workload: Some(question.target), ip: None };
    let way_out = question.peer.workload.map(|client| isolate(world, client, target, question, Direction::Egress, why));
    if let Some(closed @ Passage::Closed(_)) = way_out {
        return closed;
    }
    let source = End { workload: question.peer.workload, ip: question.peer.ip };
    isolate(world, question.target, source, question, Direction::Ingress, why)
}

/// A workload that a policy selects for a direction takes only what some such policy allows.
fn isolate(
    world: &World,
    subject: Workload<'_>,
    other: End<'_>,
    question: AccessQuestion<'_, '_>,
    direction: Direction,
    why: &mut Reasoning,
) -> Passage {
    let selecting: Vec<Resource<'_>> = world
        .within(kind::NETWORK_POLICY, subject.namespace())
        .filter(|policy| looks(*policy, direction))
        .filter(|policy| {
            let selector = policy.at(&["spec", "podSelector"]);
            selector.is_none_or(|selector| matches_selector(selector, |name| subject.label(name)))
        })
        .collect();
    for policy in &selecting {
        for (position, rule) in policy.list(&["spec", direction.member()]).enumerate() {
            if fits_port(rule, question) && fits_peer(world, rule, *policy, other, direction) {
                let step = format!("`{}[{position}]` of NetworkPolicy {} allows it", direction.member(), policy.name());
                why.push(Reasoning::holds(step).at(rule));
                return Passage::Open;
            }
        }
    }
    let Some(first) = selecting.first() else { return Passage::Open };
    let names: Vec<&str> = selecting.iter().map(|policy| policy.name()).collect();
    let step = format!(
        "no {} rule of the NetworkPolicies for {}/{} allows it: {}",
        direction.member(),
        subject.namespace(),
        subject.name(),
        names.join(", ")
    );
    why.push(Reasoning::decides(step).about(*first));
    Passage::Closed(Some(rule(*first, "")))
}

/// Whether a policy looks this way: as it says or, if it says nothing, always in, and out if it has such rules.
fn looks(policy: Resource<'_>, direction: Direction) -> bool {
    let mut types = policy.list(&["spec", "policyTypes"]).filter_map(Field::as_str).peekable();
    if types.peek().is_some() {
        return types.any(|name| name == direction.name());
    }
    direction == Direction::Ingress || policy.at(&["spec", "egress"]).is_some()
}

fn fits_port(rule: Field<'_>, question: AccessQuestion<'_, '_>) -> bool {
    let number = i64::from(question.port);
    rule.list("ports").len() == 0
        || rule.list("ports").any(|port| {
            let transport = port.text("protocol");
            let named = port.get("port").and_then(Field::as_str);
            let by_name = named.is_some_and(|name| {
                question.target.ports().any(|port| port.name == name && port.number == question.port)
            });
            let by_number = match (port.integer("port"), port.integer("endPort")) {
                (Some(first), Some(last)) => (first..=last).contains(&number),
                (Some(only), None) => only == number,
                (None, _) => port.get("port").is_none(),
            };
            matches!(transport, "" | "TCP") && (by_name || by_number)
        })
}

fn fits_peer(world: &World, rule: Field<'_>, policy: Resource<'_>, other: End<'_>, direction: Direction) -> bool {
    let mut peers = rule.list(direction.peers());
    peers.len() == 0
        || peers.any(|peer| {
            if let Some(block) = peer.get("ipBlock") {
                return in_block(block, other);
            }
            let Some(workload) = other.workload else { return false };
            let pods = peer.get("podSelector");
            let namespace = match peer.get("namespaceSelector") {
                None => workload.namespace() == policy.namespace(),
                Some(selector) => selects_namespace(world, selector, workload.namespace()),
            };
            namespace && pods.is_none_or(|selector| matches_selector(selector, |name| workload.label(name)))
        })
}

/// Whether labels of a namespace satisfy a selector; every namespace has its name as a label, declared here or not.
pub(super) fn selects_namespace(world: &World, selector: Field<'_>, name: &str) -> bool {
    let namespace = world.find(kind::NAMESPACE, "", name);
    matches_selector(selector, |label| match label {
        "kubernetes.io/metadata.name" => Some(name.to_owned()),
        label => namespace.and_then(|namespace| namespace.label(label)).map(str::to_owned),
    })
}

/// Whether the other end has an address of a block. Addresses of workloads are not known before they run: only the block
/// of all addresses, without exceptions, has them for sure.
fn in_block(block: Field<'_>, other: End<'_>) -> bool {
    let Some(range) = Cidr::parse(block.text("cidr")) else { return false };
    let mut except = block.texts("except").filter_map(Cidr::parse);
    match other.ip {
        Some(ip) => range.contains(ip) && !except.any(|range| range.contains(ip)),
        None => range.is_everything() && except.next().is_none(),
    }
}
