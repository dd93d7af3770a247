//! The Sidecar of the root namespace has a workload selector.
//!
//! ## Why it matters
//!
//! In the root namespace a Sidecar is the default of every namespace without one of its own. With a selector it is that no more:
//! it holds for workloads of the root namespace only, and the mesh has no default.
//!
//! ## What to do
//!
//! Remove the selector, or move the Sidecar into the namespace of the workload.

use manifest::Severity;
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1006"),
    name: "GlobalSidecarSelects",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("global_sidecar_selects.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for sidecar in world.within(kind::SIDECAR, world.mesh_config().root_namespace()) {
        let selects_itself = |selector: Field<'_>| {
            let labels = selector.get("labels");
            labels.is_some_and(|labels| !world.selected_workloads(Some(sidecar.namespace()), labels).is_empty())
        };
        if let Some(selector) = sidecar.at(&["spec", "workloadSelector"]).filter(|selector| !selects_itself(*selector))
        {
            findings
                .at(
                    &RULE,
                    sidecar,
                    selector,
                    "a Sidecar of the root namespace with a selector is no default of the mesh",
                )
                .hint("Remove the selector, or move the Sidecar.");
        }
    }
}
