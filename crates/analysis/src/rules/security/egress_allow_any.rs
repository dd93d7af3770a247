//! Workloads may call every address outside the mesh.
//!
//! ## Why it matters
//!
//! With `ALLOW_ANY` a proxy passes on what it does not know: a workload that was broken into can send data anywhere and fetch
//! what it likes, and nobody can say which outside services are in use.
//!
//! ## What to do
//!
//! Set `outboundTrafficPolicy.mode: REGISTRY_ONLY` in the mesh configuration, or in the Sidecar of a namespace, and declare what
//! is called in ServiceEntries.

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use super::peer::anchor;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0017"),
    name: "EgressAllowAny",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("egress_allow_any.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    const HINT: &str = "Set `outboundTrafficPolicy.mode: REGISTRY_ONLY`, and declare what is called in ServiceEntries.";
    let config = world.mesh_config().value();
    let mode = config.pointer("/outboundTrafficPolicy/mode").and_then(|mode| mode.as_str()).unwrap_or("ALLOW_ANY");
    let strict = mode == "REGISTRY_ONLY";
    let own = |sidecar: Resource<'_>| {
        sidecar.at(&["spec", "outboundTrafficPolicy", "mode"]).and_then(Field::as_str).map(str::to_owned)
    };
    if strict {
        for sidecar in world.of(kind::SIDECAR) {
            if own(sidecar).as_deref() == Some("ALLOW_ANY") {
                let field = sidecar.at(&["spec", "outboundTrafficPolicy", "mode"]).unwrap_or(sidecar.root());
                findings
                    .at(&RULE, sidecar, field, "its workloads may call every address outside, which the mesh forbids")
                    .hint("Remove `outboundTrafficPolicy`, and declare what is called in ServiceEntries.");
            }
        }
        return;
    }
    // One Sidecar for the whole mesh can say it too.
    let root = world.mesh_config().root_namespace();
    let forbids = |sidecar: Resource<'_>| own(sidecar).as_deref() == Some("REGISTRY_ONLY");
    if world.within(kind::SIDECAR, root).any(forbids) {
        return;
    }
    if let Some(anchor) = anchor(world) {
        findings.about(&RULE, anchor, "the mesh lets workloads call every address outside").hint(HINT);
    }
}
