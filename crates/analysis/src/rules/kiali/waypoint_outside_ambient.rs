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
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    const HINT: &str = "Add `istio.io/dataplane-mode: ambient`, or remove the label.";
    let asks = |label: &Field<'_>| !matches!(label.as_str(), Some("" | "none") | None);
    for namespace in world.of(kind::NAMESPACE) {
        let Some(label) = namespace.at(&["metadata", "labels", USE_WAYPOINT]).filter(asks) else { continue };
        let pods = world.workloads_in(namespace.name()).filter(|workload| workload.pod().is_some());
        let runs = world.coverage().whole(namespace.name()) && pods.clone().next().is_some();
        if runs && !pods.clone().any(|workload| is_ambient(world, workload)) {
            findings.at(&RULE, namespace, label, "no workload of the namespace is in the ambient mesh").hint(HINT);
        }
    }
    for workload in world.workloads().filter(|workload| !is_ambient(world, *workload)) {
        let label = workload.pod().and_then(|pod| pod.at(&["metadata", "labels", USE_WAYPOINT])).filter(asks);
        // What surrounds a workload whose namespace is not declared is not known.
        if let Some(label) = label.filter(|_| world.find(kind::NAMESPACE, "", workload.namespace()).is_some()) {
            findings.at(&RULE, workload.resource(), label, "the pods are not in the ambient mesh").hint(HINT);
        }
    }
}
