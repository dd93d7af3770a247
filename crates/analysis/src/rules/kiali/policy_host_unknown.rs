//! An AuthorizationPolicy names a service that does not exist as the host of requests.
//!
//! ## Why it matters
//!
//! No request carries that host. A rule that allows by it lets nobody in, one that denies by it denies nothing.
//!
//! ## What to do
//!
//! Correct the name of the service or its namespace. Names from outside, such as `shop.example.com`, are not looked up.

use manifest::Severity;
use mesh::{World, kind};

use super::hosts::missing_service;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0104"),
    name: "PolicyHostUnknown",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("policy_host_unknown.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        let operations =
            policy.list(&["spec", "rules"]).flat_map(|rule| rule.list("to")).filter_map(|to| to.get("operation"));
        for host in operations.flat_map(|operation| operation.list("hosts")) {
            let text = host.as_str().unwrap_or_default();
            if text.is_empty() || text.contains('*') {
                continue;
            }
            let name = text.split(':').next().unwrap_or(text);
            if let Some(missing) = missing_service(world, known, name, policy.namespace()) {
                findings
                    .at(&RULE, policy, host, format!("there is no service `{missing}`"))
                    .hint("Correct the name or the namespace of the service.");
            }
        }
    }
}
