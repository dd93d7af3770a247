//! `config.linkerd.io/default-inbound-policy` names no policy that Linkerd has.
//!
//! ## Why it matters
//!
//! The proxy falls back to the default of the cluster, which usually allows everybody: a workload that was to be closed is open.
//!
//! ## What to do
//!
//! Write `all-unauthenticated`, `all-authenticated`, `cluster-unauthenticated`, `cluster-authenticated`, `deny` or `audit`.

use manifest::Severity;
use mesh::World;

use super::annotations::carriers;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0102"),
    name: "InboundPolicyName",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("inbound_policy_name.rs"),
    check: Check::Namespace(check),
};

const POLICIES: [&str; 6] =
    ["all-authenticated", "all-unauthenticated", "audit", "cluster-authenticated", "cluster-unauthenticated", "deny"];

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (resource, annotations) in carriers(world, namespace) {
        let Some(value) = annotations.get("config.linkerd.io/default-inbound-policy") else { continue };
        let shown = value.as_str().unwrap_or_default();
        if !POLICIES.contains(&shown) {
            findings
                .at(&RULE, resource, value, format!("Linkerd has no default policy `{shown}`"))
                .hint(format!("Write one of {}.", POLICIES.join(", ")));
        }
    }
}
