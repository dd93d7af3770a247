//! A label asks for a waypoint where nothing is in the ambient mesh.
//!
//! ## Why it matters
//!
//! Pods outside the ambient mesh take connections from everybody, and those that do not come from the ambient mesh pass by the
//! waypoint: what its policies forbid still happens.
//!
//! ## What to do
//!
//! Add the label `istio.io/dataplane-mode: ambient` to the namespace or to the pods, or remove `istio.io/use-waypoint`.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::ambient::{USE_WAYPOINT, is_ambient};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1312"),
    name: "WaypointOutsideAmbient",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("waypoint_outside_ambient.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    const HINT: &str = "Add `istio.io/dataplane-mode: ambient`, or remove the label.";
    let asks = |label: &Field<'_>| !matches!(label.as_str(), Some("" | "none") | None);
    let declared = world.find(kind::NAMESPACE, "", namespace);
    let pods = world.workloads_in(namespace).filter(|workload| workload.pod().is_some());
    // What surrounds a workload whose namespace is not declared is not known.
    let Some(declared) = declared.filter(|_| pods.clone().next().is_some()) else { return };
    let of_namespace = declared.at(&["metadata", "labels", USE_WAYPOINT]).filter(asks);
    if let Some(label) = of_namespace.filter(|_| world.coverage().whole(namespace))
        && !pods.clone().any(|workload| is_ambient(world, workload))
    {
        findings.at(&RULE, declared, label, "no workload of the namespace is in the ambient mesh").hint(HINT);
    }
    for workload in pods {
        let label = workload.pod().and_then(|pod| pod.at(&["metadata", "labels", USE_WAYPOINT])).filter(asks);
        if let Some(label) = label.filter(|_| !is_ambient(world, workload)) {
            findings.at(&RULE, workload.resource(), label, "the pods are not in the ambient mesh").hint(HINT);
        }
    }
}
