//! A HorizontalPodAutoscaler scales something that does not exist.
//!
//! ## Why it matters
//!
//! It does nothing, and says so only in a condition that nobody reads. What it was to scale stays at its size when load comes.
//!
//! ## What to do
//!
//! Correct `scaleTargetRef`, whose target is in the autoscaler's own namespace, or remove the autoscaler.

use manifest::Severity;
use mesh::{World, kind};

use super::autoscalers::{target_id, would_be_known};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0006"),
    name: "AutoscalerTargetMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("autoscaler_target_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for autoscaler in world.of(kind::HORIZONTAL_POD_AUTOSCALER) {
        let Some((target, field)) = target_id(autoscaler) else { continue };
        if world.by_id(&target).is_none() && would_be_known(world, known, &target) {
            let message = format!("`{target}`, which it scales, does not exist");
            findings.at(&RULE, autoscaler, field, message).hint("Correct `scaleTargetRef` or remove the autoscaler.");
        }
    }
}
