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
use mesh::{World, kind};

use super::ambient::is_ambient;
use super::mtls::deciding;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0105"),
    name: "PolicyNeedsMtls",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("policy_needs_mtls.rs"),
    check: Check::Namespace(check),
};

/// What a source says of the identity of clients.
const IDENTITY: [&str; 6] =
    ["principals", "notPrincipals", "namespaces", "notNamespaces", "serviceAccounts", "notServiceAccounts"];

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    // What is said of a single workload can only be stricter: the policy may be for others too.
    let Some(plain) = deciding(world, namespace).filter(|policy| policy.mode.as_str() == Some("DISABLE")) else {
        return;
    };
    // The ambient mesh proves who calls whatever the mode is.
    let mut workloads = world.workloads_in(namespace).peekable();
    if workloads.peek().is_some() && workloads.all(|workload| is_ambient(world, workload)) {
        return;
    }
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        for rule in policy.list(&["spec", "rules"]) {
            let sources = rule.list("from").filter_map(|from| from.get("source"));
            let by_source = sources.flat_map(|source| IDENTITY.into_iter().filter_map(move |name| source.get(name)));
            let keys = ["source.namespace", "source.principal", "connection.sni"];
            let by_condition = rule.list("when").filter(|when| keys.contains(&when.text("key")));
            for field in by_source.chain(by_condition) {
                findings
                    .at(&RULE, policy, field, "it asks for the identity of clients, and mutual TLS is disabled")
                    .hint("Enable mutual TLS for the workloads of the policy.")
                    .see(plain.mode.location(), "mutual TLS is disabled here");
            }
        }
    }
}
