//! Workloads that the mesh injects are applied without waiting for the mesh.
//!
//! ## Why it matters
//!
//! A pod that starts before the injector is there starts without a proxy, and stays so until somebody restarts it: outside
//! the mesh's encryption and policies, while everything looks declared. On a new cluster this is decided by chance.
//!
//! ## What to do
//!
//! Let the Kustomization of the workloads depend on the one that installs the control plane, with `wait: true` there.

use std::collections::BTreeMap;

use manifest::{ObjectId, Severity};
use mesh::workload::Workload;
use mesh::{Resource, World, kind};

use super::owners::Owners;
use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0003"),
    name: "MeshDependencyMissing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mesh_dependency.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let owners = Owners::of(world);
    let (istio, linkerd) =
        (control_plane(world, &owners, "istiod"), control_plane(world, &owners, "linkerd-control-plane"));
    if istio.or(linkerd).is_none() {
        return;
    }
    let mut missing: BTreeMap<(&ObjectId, &ObjectId), Vec<Workload<'_>>> = BTreeMap::new();
    for workload in world.workloads() {
        let injector = match Membership::of(world, workload) {
            Membership::IstioInjected => istio,
            Membership::Linkerd if !is_written(workload) => linkerd,
            Membership::Linkerd | Membership::IstioWritten | Membership::IstioAmbient | Membership::Outside => None,
        };
        let (Some(injector), Some(owner)) = (injector, owners.owner(workload.resource())) else { continue };
        if owner != injector && owner.kind == kind::KUSTOMIZATION.kind() && !owners.waits_for(owner, injector) {
            missing.entry((owner, injector)).or_default().push(workload);
        }
    }
    for ((owner, injector), workloads) in missing {
        let Some(first) = workloads.first() else { continue };
        let at = world.by_id(owner).unwrap_or(first.resource());
        let named = match workloads.len() {
            1 => format!("`{}`", first.resource().id()),
            count => format!("`{}` and {} more", first.resource().id(), count - 1),
        };
        let message = format!("it applies {named}, which `{injector}` injects, and does not wait for that");
        let container = world.by_id(injector).and_then(|injector| owners.owner(injector));
        let finding = findings.at(&RULE, at, at.at(&["spec", "dependsOn"]).unwrap_or(at.root()), message);
        finding.hint(match container {
            Some(container) if container != owner => {
                format!("Add `{}` to `dependsOn`, and set `wait: true` in it.", container.name)
            }
            _ => format!("Install `{injector}` by a Kustomization that waits, and add that to `dependsOn`."),
        });
        finding.see(first.resource().location(), "this workload is injected");
    }
}

/// Whether the proxy is in the manifest already, so that nothing has to inject it.
fn is_written(workload: Workload<'_>) -> bool {
    workload.containers().any(|container| container.text("name") == "linkerd-proxy")
}

/// Who installs a control plane: the HelmRelease of the chart, or who applies its Deployment.
fn control_plane<'w>(world: &'w World, owners: &Owners<'w>, chart: &str) -> Option<&'w ObjectId> {
    let is_of =
        |release: &Resource<'w>| release.at(&["spec", "chart", "spec"]).is_some_and(|spec| spec.text("chart") == chart);
    let deployment = match chart {
        "istiod" => world.of(kind::DEPLOYMENT).find(|found| found.label("app") == Some("istiod")),
        _ => world.of(kind::DEPLOYMENT).find(|found| found.name() == "linkerd-proxy-injector"),
    };
    let release = world.of(kind::HELM_RELEASE).find(is_of).map(Resource::id);
    release.or_else(|| owners.owner(deployment?))
}
