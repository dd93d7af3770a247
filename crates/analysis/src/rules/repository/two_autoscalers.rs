//! Two HorizontalPodAutoscalers scale the same workload.
//!
//! ## Why it matters
//!
//! Each computes the number of replicas from its own metrics and limits and writes it over the other's: the workload is
//! scaled up and down without end, and Kubernetes stops acting as soon as it notices (`AmbiguousSelector`).
//!
//! ## What to do
//!
//! Keep one of them, with the metrics of both: the highest result of all metrics counts.

use std::collections::BTreeMap;

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::autoscalers::target_id;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0008"),
    name: "TwoAutoscalers",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("two_autoscalers.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut by_target: BTreeMap<ObjectId, Vec<(Resource<'_>, Field<'_>)>> = BTreeMap::new();
    for autoscaler in world.of(kind::HORIZONTAL_POD_AUTOSCALER) {
        if let Some((target, field)) = target_id(autoscaler) {
            by_target.entry(target).or_default().push((autoscaler, field));
        }
    }
    for (target, autoscalers) in by_target.into_iter().filter(|(_, autoscalers)| autoscalers.len() > 1) {
        // The one with the target's own name, or else the first, is the one that is right.
        let right = autoscalers.iter().position(|(found, _)| found.name() == target.name).unwrap_or_default();
        let (kept, kept_field) = autoscalers[right];
        for (autoscaler, field) in autoscalers.into_iter().filter(|(found, _)| *found != kept) {
            let message = format!("it scales `{target}`, which `{}` scales too", kept.id());
            findings
                .at(&RULE, autoscaler, field, message)
                .hint("Remove one of the two autoscalers, or correct its `scaleTargetRef`.")
                .see(kept_field.location(), format!("`{}` scales it here", kept.id()));
        }
    }
}
