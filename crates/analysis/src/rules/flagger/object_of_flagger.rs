//! Git declares an object that Flagger writes.
//!
//! ## Why it matters
//!
//! Flagger sets the selector of the service, the weights of the route and the template of the primary during a release; each
//! time Git is applied they go back to what is written there. Traffic returns to the old version in the middle of a release,
//! or goes to pods that are scaled to zero.
//!
//! ## What to do
//!
//! Remove the object from Git, and write what it needs into the Canary's `service`: hosts, gateways, retries, traffic policy.

use manifest::Severity;
use mesh::{KindName, World, kind};

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0016"),
    name: "ObjectOfFlagger",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("object_of_flagger.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let (apex, target) = (canary.apex(), canary.target_name());
        let of_apex = |suffix: &str| format!("{apex}{suffix}");
        let mut written: Vec<(KindName, String)> = vec![
            (kind::SERVICE, of_apex("-primary")),
            (kind::SERVICE, of_apex("-canary")),
            (kind::DEPLOYMENT, format!("{target}-primary")),
            (kind::VIRTUAL_SERVICE, of_apex("")),
            (kind::DESTINATION_RULE, of_apex("-primary")),
            (kind::DESTINATION_RULE, of_apex("-canary")),
            (kind::HTTP_ROUTE, of_apex("")),
        ];
        // A Service as the target is not written, but read.
        if canary.target_kind() != Some(kind::SERVICE) {
            written.push((kind::SERVICE, of_apex("")));
        }
        for (kind, name) in written {
            let Some(object) = world.find(kind, canary.resource.namespace(), &name) else { continue };
            // What was read from a cluster may be what Flagger wrote.
            let made =
                object.list(&["metadata", "ownerReferences"]).any(|owner| owner.text("kind") == kind::CANARY.kind());
            if !made {
                findings
                    .about(&RULE, object, format!("`{}` writes this object", canary.resource.id()))
                    .hint("Remove it, and declare what it needs in the Canary's `service`.")
                    .see(canary.resource.location(), "the Canary is here");
            }
        }
    }
}
