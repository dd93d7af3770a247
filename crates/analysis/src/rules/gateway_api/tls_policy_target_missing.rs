//! A BackendTLSPolicy is for a service, or trusts an authority, that does not exist.
//!
//! ## Why it matters
//!
//! Without its service the policy does nothing, and requests go out unencrypted or fail. Without its authority the gateway must
//! refuse every request to the service.
//!
//! ## What to do
//!
//! Correct `targetRefs` and `validation.caCertificateRefs`: both are in the policy's own namespace.

use std::collections::HashSet;

use manifest::Severity;
use mesh::{KindName, Resource, World, kind};

use super::references::target;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0109"),
    name: "TlsPolicyTargetMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("tls_policy_target_missing.rs"),
    check: Check::World(check),
};

/// trust-manager's Bundle, of which a ConfigMap of the same name is made in every namespace.
const BUNDLE: KindName = KindName::new("Bundle.trust.cert-manager.io");

fn check(world: &World, findings: &mut Findings) {
    let bundled: HashSet<&str> = world.of(BUNDLE).map(Resource::name).collect();
    for policy in world.of(kind::BACKEND_TLS_POLICY) {
        let targets = policy.list(&["spec", "targetRefs"]).map(|field| (field, kind::SERVICE));
        let authorities =
            policy.list(&["spec", "validation", "caCertificateRefs"]).map(|field| (field, kind::CONFIG_MAP));
        for (reference, default) in targets.chain(authorities) {
            let id = target(policy, reference, default);
            let wanted = [kind::SERVICE, kind::CONFIG_MAP].into_iter().find(|kind| kind.kind() == id.kind);
            if wanted.is_some_and(|kind| is_missing(world, &id, kind)) && !bundled.contains(id.name.as_str()) {
                findings
                    .at(&RULE, policy, reference.get("name").unwrap_or(reference), format!("`{id}` does not exist"))
                    .hint("Correct the reference, or declare the object.");
            }
        }
    }
}
