//! A label asks for a waypoint that does not exist.
//!
//! ## Why it matters
//!
//! Routes and policies for HTTP are not applied: traffic goes straight to the pods, as if nothing had been declared.
//!
//! ## What to do
//!
//! Correct `istio.io/use-waypoint` or `istio.io/use-waypoint-namespace`, or declare the Gateway of the class `istio-waypoint`.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::ambient::{USE_WAYPOINT, WAYPOINT_NAMESPACE};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1313"),
    name: "WaypointMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("waypoint_missing.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let objects = world
        .find(kind::NAMESPACE, "", namespace)
        .into_iter()
        .chain(world.within(kind::SERVICE, namespace))
        .chain(world.within(kind::SERVICE_ENTRY, namespace));
    let of_objects = objects.filter_map(|object| Some((object, object.at(&["metadata", "labels"])?)));
    let pods = world.workloads_in(namespace).filter_map(|workload| Some((workload.resource(), workload.pod()?)));
    let of_pods = pods.filter_map(|(resource, pod)| Some((resource, pod.at(&["metadata", "labels"])?)));
    for (holder, labels) in of_objects.chain(of_pods) {
        let Some(wanted) = labels.get(USE_WAYPOINT) else { continue };
        let name = wanted.as_str().unwrap_or_default();
        let home = labels.get(WAYPOINT_NAMESPACE).and_then(Field::as_str).unwrap_or(namespace);
        if !matches!(name, "" | "none")
            && world.coverage().whole(home)
            && world.of(kind::GATEWAY).len() > 0
            && world.find(kind::GATEWAY, home, name).is_none()
        {
            findings
                .at(&RULE, holder, wanted, format!("there is no waypoint `{name}` in the namespace `{home}`"))
                .hint("Correct the label, or declare the waypoint.");
        }
    }
}
