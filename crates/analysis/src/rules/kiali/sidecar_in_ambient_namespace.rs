//! A workload keeps its sidecar in a namespace of the ambient mesh.
//!
//! ## Why it matters
//!
//! Pods with a sidecar are left out of the ambient mesh, whatever their namespace says: it is the sidecar that enforces policies,
//! and those that are for waypoints do not hold for it. In the middle of a migration that is meant, at its end it is forgotten.
//!
//! ## What to do
//!
//! Remove the sidecar, or write `istio.io/dataplane-mode: none` on the pods to say that it is to stay.

use manifest::Severity;
use mesh::workload::Workload;
use mesh::{Field, NamespaceInjection, World, kind};

use super::ambient::MODE;
use crate::membership::is_gateway;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1316"),
    name: "SidecarInAmbientNamespace",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("sidecar_in_ambient_namespace.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let declared = world.find(kind::NAMESPACE, "", namespace);
    let mode = declared.and_then(|declared| declared.at(&["metadata", "labels", MODE]));
    let Some(mode) = mode.filter(|mode| mode.as_str() == Some("ambient")) else { return };
    // Where the namespace asks for both, it is the namespace that is to be mended.
    if world.namespace_injection(namespace) != NamespaceInjection::Unsaid {
        return;
    }
    for workload in world.workloads_in(namespace).filter(|workload| !is_gateway(*workload)) {
        if let Some(sidecar) = sidecar(workload).filter(|_| workload.label(MODE).is_none()) {
            findings
                .at(&RULE, workload.resource(), sidecar, "the pods have a sidecar, and stay out of the ambient mesh")
                .hint("Remove the sidecar, or write `istio.io/dataplane-mode: none`.")
                .see(mode.location(), "the namespace is in the ambient mesh");
        }
    }
}

/// What gives the pods their sidecar: the container itself, or the wish for one.
fn sidecar(workload: Workload<'_>) -> Option<Field<'_>> {
    let mut containers = workload.containers().chain(workload.init_containers());
    let written = containers.find(|container| container.text("name") == "istio-proxy");
    written.or_else(|| workload.injection().filter(|wish| wish.as_str() == Some("true")))
}
