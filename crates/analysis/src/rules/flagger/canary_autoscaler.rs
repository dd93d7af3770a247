//! The autoscaler of a Canary does not exist, or scales something else than the Canary's target.
//!
//! ## Why it matters
//!
//! Flagger copies the autoscaler for the primary, and pauses the original while there is nothing to release. Without it the
//! Canary never initializes. If it scales another workload, that one is scaled by a number that was meant for this one, the
//! target stays at one replica while it takes real traffic, and the primary gets limits of a stranger.
//!
//! ## What to do
//!
//! Let `autoscalerRef` name the autoscaler whose `scaleTargetRef` is the Canary's own target.

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::canary::{Canary, SCALED_OBJECT};
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0002"),
    name: "CanaryAutoscaler",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("canary_autoscaler.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let Some(reference) = canary.spec("autoscalerRef") else { continue };
        let at = |name: &str| reference.get(name).unwrap_or(reference);
        let kind = match reference.text("kind") {
            "HorizontalPodAutoscaler" => kind::HORIZONTAL_POD_AUTOSCALER,
            "ScaledObject" => SCALED_OBJECT,
            other => {
                findings
                    .at(
                        &RULE,
                        canary.resource,
                        at("kind"),
                        format!("Flagger knows no autoscaler of the kind `{other}`"),
                    )
                    .hint("Name a HorizontalPodAutoscaler or a ScaledObject.");
                continue;
            }
        };
        let id = canary.id(kind, reference.text("name"));
        match world.by_id(&id) {
            Some(autoscaler) => compare(canary, at("name"), autoscaler, findings),
            None if is_missing(world, &id, kind) => {
                findings
                    .at(&RULE, canary.resource, at("name"), format!("its autoscaler `{id}` does not exist"))
                    .hint("Correct `autoscalerRef` or declare the autoscaler.");
            }
            None => {}
        }
    }
}

fn compare(canary: Canary<'_>, at: Field<'_>, autoscaler: Resource<'_>, findings: &mut Findings) {
    let (Some(target), Some(scaled)) = (canary.target_id(), autoscaler.at(&["spec", "scaleTargetRef"])) else { return };
    // A ScaledObject may leave out the kind, which then is a Deployment.
    let kind = if scaled.text("kind").is_empty() { &target.kind } else { scaled.text("kind") };
    if scaled.text("name") == target.name && kind == target.kind {
        return;
    }
    let actual = ObjectId { kind: kind.to_owned(), name: scaled.text("name").to_owned(), ..target.clone() };
    let message = format!("its autoscaler `{}` scales `{actual}`, and not `{target}`", autoscaler.id());
    let place = scaled.get("name").unwrap_or(scaled).location();
    findings
        .at(&RULE, canary.resource, at, message)
        .hint(format!("Let `{}` scale `{}`.", autoscaler.name(), target.name))
        .see(place, format!("it scales `{}`", actual.name));
}
