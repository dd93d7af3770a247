//! A subset of a DestinationRule selects no pod.
//!
//! ## Why it matters
//!
//! Requests that are routed to the subset fail with 503: it has no endpoint.
//!
//! ## What to do
//!
//! Correct the labels of the subset or of the pods.

use manifest::Severity;
use mesh::{Field, Service, Workload, WorkloadKind, World, kind};

use super::{hosts, selection};
use crate::{Check, Code, Findings, Rule};

const REGION: &str = "topology.kubernetes.io/region";
const ZONE: &str = "topology.kubernetes.io/zone";
const SUBZONE: &str = "topology.istio.io/subzone";
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Labels that what runs gets from where it runs.
const OF_PLACE: [&str; 6] = [REGION, ZONE, SUBZONE, HOSTNAME, "topology.istio.io/cluster", "topology.istio.io/network"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0173"),
    name: "DestinationRuleSubsetNotSelectPods",
    severity: Severity::Error,
    analyzer: Some("destinationrule.SubsetSelectPodAnalyzer"),
    source: include_str!("subset_without_pods.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some(spec) = rule.spec() else { continue };
        let host = spec.text("host");
        let mut services = hosts::services(world, rule, host);
        if services.iter().any(|service| known.may_hold_more(service.namespace())) {
            services.clear();
        }
        for subset in spec.list("subsets").filter(|_| !services.is_empty()) {
            let labels = subset.get("labels");
            if !services.iter().any(|service| has_endpoint(world, *service, labels)) {
                let (name, labels_text) = (subset.text("name"), selection::text(labels));
                let message =
                    format!("the subset `{name}` of `{host}` has no pod: none has the labels `{labels_text}`");
                findings.at(&RULE, rule, labels.unwrap_or(subset), message);
            }
        }
    }
}

/// Whether something behind a service has the labels. What a Service without a selector leads to is anybody's guess, so
/// any workload will do.
fn has_endpoint(world: &World, service: Service<'_>, labels: Option<Field<'_>>) -> bool {
    let written = service.resource().list(&["spec", "endpoints"]);
    let is_written = written.filter_map(|endpoint| endpoint.get("labels")).any(|of_endpoint| {
        let mut wanted = labels.into_iter().flat_map(Field::members);
        wanted.all(|(name, value)| of_endpoint.get(name).is_some_and(|found| found.value() == value.value()))
    });
    let fits = |workload: Workload<'_>| labels.is_none_or(|labels| has_labels(world, workload, labels));
    is_written
        || match service.selector() {
            Some(_) => service.workloads(world).into_iter().any(fits),
            None => world.workloads().any(fits),
        }
}

fn has_labels(world: &World, workload: Workload<'_>, labels: Field<'_>) -> bool {
    labels.members().all(|(name, value)| {
        let wanted = value.as_str();
        if !OF_PLACE.contains(&name) {
            workload.label(name) == wanted && wanted.is_some()
        } else if workload.kind() == WorkloadKind::Pod {
            of_place(world, workload, name).or_else(|| workload.label(name)) == wanted && wanted.is_some()
        } else {
            // Nobody knows yet where the pods of a template will run.
            workload.label(name).is_none_or(|own| Some(own) == wanted)
        }
    })
}

/// A label that a pod gets from its node.
fn of_place<'w>(world: &'w World, pod: Workload<'w>, name: &str) -> Option<&'w str> {
    let node_name = pod.pod_spec()?.text("nodeName");
    if name == HOSTNAME {
        return Some(node_name).filter(|name| !name.is_empty());
    }
    let node = world.find(kind::NODE, "", node_name)?;
    let of_node = |label: &str| node.label(label).filter(|value| !value.is_empty());
    match name {
        REGION | ZONE => of_node(name),
        SUBZONE => of_node(ZONE).and_then(|_| of_node(SUBZONE)),
        _ => None,
    }
}
