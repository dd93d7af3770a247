//! A DestinationRule disables mutual TLS for a host whose server insists on it.
//!
//! ## Why it matters
//!
//! The clients speak plain text and the server's proxy closes the connection: every request fails with 503 and an empty answer.
//!
//! ## What to do
//!
//! Remove `tls` from the DestinationRule, so that Istio chooses mutual TLS itself. If plain text is meant, the PeerAuthentication
//! has to be `PERMISSIVE`.

use manifest::Severity;
use mesh::{Field, Resource, World, host, kind};

use super::selectors::labels;
use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0207"),
    name: "PlainClientStrictServer",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("plain_client_strict_server.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for rule in world.of(kind::DESTINATION_RULE) {
        let Some(mode) = rule.at(&["spec", "trafficPolicy", "tls", "mode"]) else { continue };
        if mode.as_str() != Some("DISABLE") {
            continue;
        }
        let written = rule.at(&["spec", "host"]).and_then(Field::as_str).unwrap_or_default();
        let name = host::full_name(written, rule.namespace(), &world.options().cluster_domain);
        let services = world.services_with_host(&name).filter(|service| service.is_kubernetes());
        for service in services {
            let Some(policy) = strict(world, service.namespace()) else { continue };
            let injected =
                service.workloads(world).into_iter().any(|workload| Membership::of(world, workload).is_istio());
            if injected {
                findings
                    .at(&RULE, rule, mode, format!("clients speak plain text to `{name}`, which only takes mutual TLS"))
                    .hint("Remove `tls` from the DestinationRule.")
                    .see(policy.location(), "mutual TLS is required here");
            }
        }
    }
}

/// The policy that requires mutual TLS of every workload of a namespace, if none there says otherwise of some.
fn strict<'w>(world: &'w World, namespace: &str) -> Option<Resource<'w>> {
    if world.within(kind::PEER_AUTHENTICATION, namespace).any(|policy| labels(policy, "selector").is_some()) {
        return None;
    }
    let whole = |namespace: &str| {
        world
            .within(kind::PEER_AUTHENTICATION, namespace)
            .find(|policy| labels(*policy, "selector").is_none() && policy.at(&["spec", "mtls", "mode"]).is_some())
    };
    let policy = whole(namespace).or_else(|| whole(world.mesh_config().root_namespace()))?;
    (policy.at(&["spec", "mtls", "mode"]).and_then(Field::as_str) == Some("STRICT")).then_some(policy)
}
