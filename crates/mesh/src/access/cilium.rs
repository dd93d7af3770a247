//! Cilium's network policies: connections by labels, entities and addresses, and requests by their HTTP rules.

use super::Passage;
use super::decision::{AccessQuestion, rule};
use crate::cidr::Cidr;
use crate::reasoning::Reasoning;
use crate::request::{Request, Scheme};
use crate::string_match;
use crate::workload::Workload;
use crate::{Field, Resource, World, kind};

/// One way of a connection, as policies write it.
#[derive(Debug, Clone, Copy)]
struct Way {
    allow: &'static str,
    deny: &'static str,
    endpoints: &'static str,
    entities: &'static str,
    ranges: &'static str,
    range_sets: &'static str,
}

const INGRESS: Way = Way {
    allow: "ingress",
    deny: "ingressDeny",
    endpoints: "fromEndpoints",
    entities: "fromEntities",
    ranges: "fromCIDR",
    range_sets: "fromCIDRSet",
};
const EGRESS: Way = Way {
    allow: "egress",
    deny: "egressDeny",
    endpoints: "toEndpoints",
    entities: "toEntities",
    ranges: "toCIDR",
    range_sets: "toCIDRSet",
};

/// Whether the policies for the client's way out and for the workload's way in have no objection.
pub(super) fn passage(world: &World, question: AccessQuestion<'_, '_>, why: &mut Reasoning) -> Passage {
    if let Some(client) = question.peer.workload {
        match isolate(world, client, Some(question.target), question, EGRESS, why) {
            Passage::Open => {}
            other => return other,
        }
    }
    isolate(world, question.target, question.peer.workload, question, INGRESS, why)
}

fn isolate(
    world: &World,
    subject: Workload<'_>,
    other: Option<Workload<'_>>,
    question: AccessQuestion<'_, '_>,
    way: Way,
    why: &mut Reasoning,
) -> Passage {
    let own = world.within(kind::CILIUM_NETWORK_POLICY, subject.namespace());
    let selecting: Vec<(Resource<'_>, Field<'_>)> = own
        .chain(world.of(kind::CILIUM_CLUSTERWIDE_NETWORK_POLICY))
        .flat_map(|policy| specs(policy).map(move |spec| (policy, spec)))
        .filter(|(_, spec)| spec.get("endpointSelector").is_some_and(|selector| selects(world, selector, subject)))
        .collect();
    for (policy, spec) in &selecting {
        for denied in spec.list(way.deny) {
            if fits_peer(world, denied, *policy, other, question, way) && fits_port(denied, question).is_some() {
                why.push(Reasoning::decides(format!("`{}` of {} denies it", way.deny, policy.name())).at(denied));
                return Passage::Closed(Some(rule(*policy, "")));
            }
        }
    }
    let mut isolated: Option<Resource<'_>> = None;
    let mut refused: Option<Resource<'_>> = None;
    for (policy, spec) in &selecting {
        let says = |name: &str| spec.get(name).is_some();
        let default = spec.get("enableDefaultDeny").and_then(|default| default.get(way.allow));
        if default.map_or(says(way.allow) || says(way.deny), |default| default.value().as_bool() == Some(true)) {
            isolated = isolated.or(Some(*policy));
        }
        for allowed in spec.list(way.allow) {
            if !fits_peer(world, allowed, *policy, other, question, way) {
                continue;
            }
            let Some(port) = fits_port(allowed, question) else { continue };
            match port.map(|port| http(port, question.request)) {
                None | Some(Http::Allowed) => {
                    why.push(Reasoning::holds(format!("`{}` of {} allows it", way.allow, policy.name())).at(allowed));
                    return Passage::Open;
                }
                Some(Http::Refused) => {
                    let step = format!(
                        "`{}` of {} allows the connection, and no HTTP rule the request",
                        way.allow,
                        policy.name()
                    );
                    why.push(Reasoning::fails(step).at(allowed));
                    refused = refused.or(Some(*policy));
                }
            }
        }
    }
    match (refused, isolated) {
        (Some(policy), _) => {
            why.push(Reasoning::decides("Cilium's proxy refuses the request").about(policy));
            Passage::Refused(403, Some(rule(policy, "")))
        }
        (None, Some(policy)) => {
            let step = format!("no {} rule of Cilium's policies for {} allows it", way.allow, subject.name());
            why.push(Reasoning::decides(step).about(policy));
            Passage::Closed(Some(rule(policy, "")))
        }
        (None, None) => Passage::Open,
    }
}

/// `spec` and every item of `specs`.
fn specs(policy: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    policy.spec().into_iter().chain(policy.list(&["specs"]))
}

/// A label as Cilium knows it: those of the workload, and its namespace with the labels of that.
fn label(world: &World, workload: Workload<'_>, name: &str) -> Option<String> {
    let name = name.strip_prefix("k8s:").or_else(|| name.strip_prefix("any:")).unwrap_or(name);
    match name {
        "io.kubernetes.pod.namespace" => Some(workload.namespace().to_owned()),
        "io.cilium.k8s.policy.serviceaccount" => Some(workload.service_account().to_owned()),
        name => match name.strip_prefix("io.cilium.k8s.namespace.labels.") {
            Some("kubernetes.io/metadata.name") => Some(workload.namespace().to_owned()),
            Some(name) => {
                let namespace = world.find(kind::NAMESPACE, "", workload.namespace())?;
                namespace.label(name).map(str::to_owned)
            }
            None => workload.label(name).map(str::to_owned),
        },
    }
}

fn selects(world: &World, selector: Field<'_>, workload: Workload<'_>) -> bool {
    crate::selector::matches_selector(selector, |name| label(world, workload, name))
}

/// Whether a selector of a namespaced policy says which namespaces it means; without that it means its own.
fn names_namespace(selector: Field<'_>) -> bool {
    let is_namespace =
        |name: &str| name.contains("io.kubernetes.pod.namespace") || name.contains("io.cilium.k8s.namespace.labels.");
    selector.map("matchLabels").any(|(name, _)| is_namespace(name))
        || selector.list("matchExpressions").any(|expression| is_namespace(expression.text("key")))
}

fn fits_peer(
    world: &World,
    rule: Field<'_>,
    policy: Resource<'_>,
    other: Option<Workload<'_>>,
    question: AccessQuestion<'_, '_>,
    way: Way,
) -> bool {
    let lists = [way.endpoints, way.entities, way.ranges, way.range_sets];
    if lists.iter().all(|list| rule.get(list).is_none()) {
        return true;
    }
    let by_endpoint = other.is_some_and(|other| {
        rule.list(way.endpoints).any(|selector| {
            let here =
                policy.namespace().is_empty() || names_namespace(selector) || other.namespace() == policy.namespace();
            here && selects(world, selector, other)
        })
    });
    let by_entity = rule.texts(way.entities).any(|entity| match entity {
        "all" => true,
        "cluster" => other.is_some(),
        "world" => other.is_none(),
        _ => false,
    });
    let ip = question.peer.ip.filter(|_| other.is_none());
    let in_range = |text: &str| ip.is_some_and(|ip| Cidr::parse(text).is_some_and(|range| range.contains(ip)));
    let by_range = rule.texts(way.ranges).any(in_range)
        || rule.list(way.range_sets).any(|set| in_range(set.text("cidr")) && !set.texts("except").any(in_range));
    by_endpoint || by_entity || by_range
}

/// Whether a rule is for the port: `Some(None)` if it is for every port, `Some(Some(…))` with the entry of `toPorts`.
fn fits_port<'w>(rule: Field<'w>, question: AccessQuestion<'_, '_>) -> Option<Option<Field<'w>>> {
    if rule.list("toPorts").len() == 0 {
        return Some(None);
    }
    let fits = |port: Field<'_>| {
        let named =
            question.target.ports().any(|known| known.number == question.port && known.name == port.text("port"));
        let first = port.integer("port");
        let last = port.integer("endPort").or(first);
        let between = first.zip(last).is_some_and(|(first, last)| (first..=last).contains(&i64::from(question.port)));
        matches!(port.text("protocol"), "" | "ANY" | "TCP") && (named || between || first == Some(0))
    };
    // An entry without HTTP rules allows more than one with them.
    let mut entries: Vec<Field<'w>> =
        rule.list("toPorts").filter(|entry| entry.list("ports").len() == 0 || entry.list("ports").any(fits)).collect();
    entries.sort_by_key(|entry| entry.get("rules").is_some());
    entries.first().map(|entry| Some(*entry))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Http {
    Allowed,
    Refused,
}

/// What the HTTP rules of an entry say; without any everything passes.
fn http(entry: Field<'_>, request: &Request) -> Http {
    let Some(rules) = entry.get("rules").and_then(|rules| rules.get("http")) else { return Http::Allowed };
    let matches = |expression: &str, actual: &str| {
        expression.is_empty() || string_match::whole(expression).is_ok_and(|expression| expression.is_match(actual))
    };
    let allowed = request.scheme == Scheme::Http
        && (rules.items().len() == 0
            || rules.items().any(|rule| {
                matches(rule.text("method"), &request.method)
                    && matches(rule.text("path"), &request.path)
                    && matches(rule.text("host"), &request.host)
                    && rule.texts("headers").all(|header| {
                        let (name, value) =
                            header.split_once(':').map_or((header, None), |(name, value)| (name, Some(value.trim())));
                        request.header(name.trim()).is_some_and(|actual| value.is_none_or(|value| value == actual))
                    })
                    && rule.list("headerMatches").all(|header| {
                        request.header(header.text("name")).is_some_and(|actual| actual == header.text("value"))
                    })
            }));
    if allowed { Http::Allowed } else { Http::Refused }
}
