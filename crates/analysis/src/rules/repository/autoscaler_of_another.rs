//! A HorizontalPodAutoscaler scales another workload than the one it belongs to.
//!
//! ## Why it matters
//!
//! A copied manifest in which `scaleTargetRef` was forgotten: the workload it is named after is never scaled, and the one it
//! scales is pulled to and fro if it has an autoscaler of its own.
//!
//! ## What to do
//!
//! Let `scaleTargetRef.name` name the workload that the autoscaler was made for, or rename the autoscaler.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::autoscalers::target_id;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0007"),
    name: "AutoscalerOfAnother",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("autoscaler_of_another.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for autoscaler in world.of(kind::HORIZONTAL_POD_AUTOSCALER) {
        let Some((target, field)) = target_id(autoscaler) else { continue };
        if target.name == autoscaler.name() || world.by_id(&target).is_none() {
            continue;
        }
        // A workload of the same name that nothing scales shows what was meant.
        let mut own = target.clone();
        autoscaler.name().clone_into(&mut own.name);
        let Some(meant) = world.by_id(&own) else { continue };
        let mut others = world.within(kind::HORIZONTAL_POD_AUTOSCALER, autoscaler.namespace());
        if others.any(|other| target_id(other).is_some_and(|(id, _)| id == own)) {
            continue;
        }
        let message = format!("it scales `{target}`, and nothing scales `{own}`, after which it is named");
        let finding = findings.at(&RULE, autoscaler, field, message);
        finding.hint(format!("Let it scale `{}`.", own.name));
        finding.see(meant.location(), format!("`{own}` is here"));
        let canary = world.within(kind::CANARY, autoscaler.namespace()).find(|canary| {
            let text = |path: &[&str]| canary.at(path).and_then(Field::as_str);
            text(&["spec", "autoscalerRef", "name"]) == Some(autoscaler.name())
                && text(&["spec", "targetRef", "name"]) == Some(own.name.as_str())
        });
        if let Some(canary) = canary {
            let place = canary.at(&["spec", "autoscalerRef", "name"]).and_then(Field::location);
            finding.see(place, format!("`{}` takes it for the autoscaler of `{}`", canary.id(), own.name));
        }
    }
}
