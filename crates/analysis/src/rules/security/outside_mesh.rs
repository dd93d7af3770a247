//! A workload stays outside the mesh although its namespace is in it.
//!
//! ## Why it matters
//!
//! It has no proxy: what it sends is plain text, no policy protects it, and where the mesh is strict it cannot call anybody. In
//! a namespace that injects, people count on the opposite.
//!
//! ## What to do
//!
//! Remove `sidecar.istio.io/inject: "false"` or `hostNetwork`. What cannot be in the mesh, such as an agent of the node, is
//! better kept in a namespace that does not inject.

use manifest::Severity;
use mesh::workload::WorkloadKind;
use mesh::{Field, NamespaceInjection, World};

use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0013"),
    name: "OutsideMesh",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("outside_mesh.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for workload in world.workloads_in(namespace) {
        // Jobs that must end are often kept outside, because a sidecar outlives them.
        let runs_on =
            !matches!(workload.kind(), WorkloadKind::Job | WorkloadKind::CronJob | WorkloadKind::WorkloadEntry);
        let injects = world.namespace_injection(workload.namespace()) == NamespaceInjection::Enabled;
        if !runs_on || !injects || Membership::of(world, workload) != Membership::Outside {
            continue;
        }
        let refusal = workload.injection().filter(|refusal| refusal.as_str() == Some("false"));
        let on_host =
            workload.pod_spec().and_then(|spec| spec.get("hostNetwork")).filter(|_| workload.is_on_host_network());
        let (field, why) = match (refusal, on_host) {
            (Some(refusal), _) => (refusal, "it refuses the sidecar"),
            (None, Some(on_host)) => (on_host, "pods on the network of their node get no sidecar"),
            (None, None) => continue,
        };
        let namespace = workload.namespace();
        let message = format!("the workload is outside the mesh, and `{namespace}` is in it: {why}");
        findings.at(&RULE, workload.resource(), field, message).hint(hint(refusal));
    }
}

fn hint(refusal: Option<Field<'_>>) -> &'static str {
    match refusal {
        Some(_) => "Remove `sidecar.istio.io/inject`.",
        None => "Move the workload into a namespace that does not inject.",
    }
}
