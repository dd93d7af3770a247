//! A workload is to have a sidecar and to be in ambient mode at once.
//!
//! ## Why it matters
//!
//! Pods with a sidecar are left out of ambient mode: one of the two declarations has no effect, and waypoints and their policies
//! do not apply.
//!
//! ## What to do
//!
//! Remove the label `istio.io/dataplane-mode`, or refuse the sidecar with `sidecar.istio.io/inject: "false"`.

use manifest::Severity;
use mesh::{NamespaceInjection, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1311"),
    name: "SidecarAndAmbient",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("sidecar_and_ambient.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    const MODE: &str = "istio.io/dataplane-mode";
    if let Some(namespace) = world.find(kind::NAMESPACE, "", namespace) {
        let ambient = namespace.at(&["metadata", "labels", MODE]).filter(|mode| mode.as_str() == Some("ambient"));
        if let Some(mode) =
            ambient.filter(|_| world.namespace_injection(namespace.name()) == NamespaceInjection::Enabled)
        {
            report(namespace, mode, findings);
        }
    }
    for workload in world.workloads_in(namespace) {
        let Some(labels) = workload.pod().and_then(|pod| pod.at(&["metadata", "labels"])) else { continue };
        let ambient = labels.get(MODE).filter(|mode| mode.as_str() == Some("ambient"));
        let asks = workload.injection().and_then(mesh::Field::as_str) == Some("true");
        let written = workload.containers().any(|container| container.text("name") == "istio-proxy");
        if let Some(mode) = ambient.filter(|_| asks || written) {
            report(workload.resource(), mode, findings);
        }
    }
}

fn report(resource: Resource<'_>, mode: mesh::Field<'_>, findings: &mut Findings) {
    findings
        .at(&RULE, resource, mode, "a sidecar is declared too, and keeps pods out of ambient mode")
        .hint("Keep one of the two.");
}
