//! An AuthorizationPolicy asks who calls, where nobody can prove who he is.
//!
//! ## Why it matters
//!
//! `principals` and `namespaces` come from the client's certificate. Where mutual TLS is disabled there is none: a rule that
//! allows by them lets nobody in, one that denies by them denies nobody.
//!
//! ## What to do
//!
//! Enable mutual TLS for the workloads of the policy, or ask for something that plain requests have, such as `ipBlocks`.

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use super::selectors::labels;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0105"),
    name: "PolicyNeedsMtls",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("policy_needs_mtls.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let disabled =
        |policy: Resource<'_>| policy.at(&["spec", "mtls", "mode"]).and_then(Field::as_str) == Some("DISABLE");
    let whole = |namespace: &str| {
        let mut policies = world.within(kind::PEER_AUTHENTICATION, namespace);
        policies.find(|policy| labels(*policy, "selector").is_none() && policy.at(&["spec", "mtls", "mode"]).is_some())
    };
    let root = world.mesh_config().root_namespace();
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        // What is said of a single workload can only be stricter here: the policy may be for others too.
        let Some(plain) = whole(policy.namespace()).or_else(|| whole(root)).filter(|found| disabled(*found)) else {
            continue;
        };
        if world.within(kind::PEER_AUTHENTICATION, policy.namespace()).any(|found| labels(found, "selector").is_some())
        {
            continue;
        }
        for rule in policy.list(&["spec", "rules"]) {
            let sources = rule.list("from").filter_map(|from| from.get("source"));
            let members = ["principals", "notPrincipals", "namespaces", "notNamespaces"];
            let by_source = sources.flat_map(|source| members.into_iter().filter_map(move |name| source.get(name)));
            let keys = ["source.namespace", "source.principal", "connection.sni"];
            let by_condition = rule.list("when").filter(|when| keys.contains(&when.text("key")));
            for field in by_source.chain(by_condition) {
                findings
                    .at(&RULE, policy, field, "it asks for the identity of clients, and mutual TLS is disabled")
                    .hint("Enable mutual TLS for the workloads of the policy.")
                    .see(plain.location(), "mutual TLS is disabled here");
            }
        }
    }
}
