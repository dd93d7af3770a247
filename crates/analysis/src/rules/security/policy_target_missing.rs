//! A policy of Istio's names a target that does not exist.
//!
//! ## Why it matters
//!
//! A policy with `targetRefs` holds for its targets and for nothing else. If they do not exist it forbids nothing, checks no token
//! and reports nothing; only a condition in its status says so.
//!
//! ## What to do
//!
//! Correct `targetRefs`: a target is in the namespace of the policy. Services and ServiceEntries need a waypoint before them, a
//! Gateway is one of the Gateway API.

use manifest::{ObjectId, Severity};
use mesh::{Field, KindName, World, kind};

use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0021"),
    name: "PolicyTargetMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("policy_target_missing.rs"),
    check: Check::Namespace(check),
};

/// The kinds of policies that name targets.
const POLICIES: [KindName; 6] = [
    kind::ISTIO_AUTHORIZATION_POLICY,
    kind::REQUEST_AUTHENTICATION,
    kind::TELEMETRY,
    kind::WASM_PLUGIN,
    kind::TRAFFIC_EXTENSION,
    kind::ENVOY_FILTER,
];

/// The kinds of targets that manifests declare: classes of Gateways come with their implementation.
const TARGETS: [KindName; 3] = [kind::SERVICE, kind::SERVICE_ENTRY, kind::GATEWAY];

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in POLICIES.into_iter().flat_map(|kind| world.within(kind, namespace)) {
        let targets = policy.at(&["spec", "targetRef"]).into_iter().chain(policy.list(&["spec", "targetRefs"]));
        for target in targets {
            let Some((id, kind)) = meant(target, namespace) else { continue };
            if is_missing(world, &id, kind) {
                findings
                    .at(
                        &RULE,
                        policy,
                        target.get("name").unwrap_or(target),
                        format!("`{id}`, which it is for, does not exist"),
                    )
                    .hint("Correct `targetRefs`, or declare the target.");
            }
        }
    }
}

/// The object that a target means, if it is of a kind that manifests declare.
fn meant(target: Field<'_>, namespace: &str) -> Option<(ObjectId, KindName)> {
    let group = match target.text("group") {
        "core" => "",
        group => group,
    };
    let kind = TARGETS.into_iter().find(|kind| kind.kind() == target.text("kind") && kind.group() == group)?;
    let id = ObjectId {
        group: group.to_owned(),
        kind: kind.kind().to_owned(),
        namespace: namespace.to_owned(),
        name: target.text("name").to_owned(),
    };
    Some((id, kind))
}
