//! An AuthorizationPolicy requires an authentication that does not exist.
//!
//! ## Why it matters
//!
//! Nobody can satisfy it: every request is refused with 403.
//!
//! ## What to do
//!
//! Correct `requiredAuthenticationRefs`, or declare the MeshTLSAuthentication, the NetworkAuthentication or the ServiceAccount.

use manifest::{ObjectId, Severity};
use mesh::{KindName, World, kind};

use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0107"),
    name: "AuthenticationMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("authentication_missing.rs"),
    check: Check::World(check),
};

/// What can be required.
const PROOFS: [KindName; 3] =
    [kind::LINKERD_MESH_TLS_AUTHENTICATION, kind::LINKERD_NETWORK_AUTHENTICATION, kind::SERVICE_ACCOUNT];

fn check(world: &World, findings: &mut Findings) {
    for policy in world.of(kind::LINKERD_AUTHORIZATION_POLICY) {
        for reference in policy.list(&["spec", "requiredAuthenticationRefs"]) {
            let namespace = match reference.text("namespace") {
                "" => policy.namespace(),
                namespace => namespace,
            };
            let group = match reference.text("group") {
                "core" => "",
                group => group,
            };
            let id = ObjectId {
                group: group.to_owned(),
                kind: reference.text("kind").to_owned(),
                namespace: namespace.to_owned(),
                name: reference.text("name").to_owned(),
            };
            let made_by_kubernetes = id.kind == "ServiceAccount" && id.name == "default";
            let wanted = PROOFS.into_iter().find(|kind| kind.kind() == id.kind && kind.group() == id.group);
            if !made_by_kubernetes && wanted.is_some_and(|kind| is_missing(world, &id, kind)) {
                findings
                    .at(
                        &RULE,
                        policy,
                        reference.get("name").unwrap_or(reference),
                        format!("`{id}`, which it requires, does not exist"),
                    )
                    .hint("Correct `requiredAuthenticationRefs`, or declare the object.");
            }
        }
    }
}
