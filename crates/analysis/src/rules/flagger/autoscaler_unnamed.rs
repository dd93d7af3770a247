//! An autoscaler scales the target of a Canary, and the Canary does not name it.
//!
//! ## Why it matters
//!
//! Flagger makes no autoscaler for the primary, which takes all traffic between releases: it stays at the size that the target
//! once had, whatever the load. The autoscaler itself watches a target that is scaled to zero.
//!
//! ## What to do
//!
//! Name the autoscaler in the Canary's `autoscalerRef`.

use std::collections::HashMap;

use manifest::Severity;
use mesh::{Resource, World, kind};

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0003"),
    name: "AutoscalerUnnamed",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("autoscaler_unnamed.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut autoscalers: HashMap<(&str, &str), Resource<'_>> = HashMap::new();
    for autoscaler in world.of(kind::HORIZONTAL_POD_AUTOSCALER) {
        let Some(scaled) = autoscaler.at(&["spec", "scaleTargetRef"]) else { continue };
        if scaled.text("kind") == kind::DEPLOYMENT.kind() {
            autoscalers.entry((autoscaler.namespace(), scaled.text("name"))).or_insert(autoscaler);
        }
    }
    for canary in Canary::all(world) {
        let place = (canary.resource.namespace(), canary.target_name());
        let Some(autoscaler) = autoscalers.get(&place) else { continue };
        if canary.spec("autoscalerRef").is_some() || canary.target_kind() != Some(kind::DEPLOYMENT) {
            continue;
        }
        let message = format!("`{}` scales its target, and it does not name that autoscaler", autoscaler.id());
        let at = canary.spec("targetRef").unwrap_or(canary.resource.root());
        findings
            .at(&RULE, canary.resource, at, message)
            .hint(format!("Add `autoscalerRef` with the kind and the name of `{}`.", autoscaler.id()))
            .see(autoscaler.location(), "the autoscaler is here");
    }
}
