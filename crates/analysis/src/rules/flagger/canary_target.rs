//! A Canary releases something that does not exist, or that Flagger cannot release.
//!
//! ## Why it matters
//!
//! Flagger waits for the target and never initializes the Canary: no primary, no services and no route are made. A kind that
//! it does not know it takes for a Deployment.
//!
//! ## What to do
//!
//! Let `targetRef` name a Deployment, a DaemonSet or a Service in the namespace of the Canary. A StatefulSet cannot be released
//! by Flagger.

use manifest::Severity;
use mesh::World;

use super::canary::Canary;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0001"),
    name: "CanaryTarget",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("canary_target.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let Some(target) = canary.spec("targetRef") else { continue };
        let at = |name: &str| target.get(name).unwrap_or(target);
        let (Some(id), Some(kind)) = (canary.target_id(), canary.target_kind()) else {
            let message = format!("Flagger cannot release a `{}`", target.text("kind"));
            findings
                .at(&RULE, canary.resource, at("kind"), message)
                .hint("Let it release a Deployment, a DaemonSet or a Service.");
            continue;
        };
        if !id.name.is_empty() && is_missing(world, &id, kind) {
            let message = format!("`{id}`, which it releases, does not exist");
            findings.at(&RULE, canary.resource, at("name"), message).hint("Correct `targetRef` or declare the target.");
        }
    }
}
