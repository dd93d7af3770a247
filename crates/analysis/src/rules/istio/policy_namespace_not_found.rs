//! An AuthorizationPolicy names a namespace that does not exist.
//!
//! ## Why it matters
//!
//! Rules about a namespace that nothing comes from never match: what was to be allowed is denied, what was to be denied
//! is let through.
//!
//! ## What to do
//!
//! Correct the name, or declare the namespace.

use manifest::Severity;
use std::collections::HashSet;

use mesh::{Field, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

/// Namespaces that every cluster has.
const ALWAYS: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("auth.AuthorizationPoliciesAnalyzer"),
    source: include_str!("policy_namespace_not_found.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if world.of(kind::ISTIO_AUTHORIZATION_POLICY).len() == 0 {
        return;
    }
    let open = world.coverage();
    let inhabited = open.namespaces().chain(open.open_namespaces());
    let known: HashSet<String> = inhabited.chain(ALWAYS).map(str::to_lowercase).collect();
    for policy in world.of(kind::ISTIO_AUTHORIZATION_POLICY) {
        for namespace in named(policy) {
            let name = namespace.as_str().unwrap_or_default();
            if !exists(name, &known) && !open.may_hold_more(name) {
                findings.at(&RULE, policy, namespace, format!("there is no namespace `{name}`"));
            }
        }
    }
}

fn named(policy: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let sources =
        policy.list(&["spec", "rules"]).flat_map(|rule| rule.list("from")).filter_map(|from| from.get("source"));
    sources.flat_map(|source| source.list("namespaces").chain(source.list("notNamespaces")))
}

/// Whether a namespace fits a name, which may begin or end with `*`. Istio compares whole names without regard to case.
fn exists(name: &str, known: &HashSet<String>) -> bool {
    match (name.strip_prefix('*'), name.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(suffix), _) => known.iter().any(|namespace| namespace.ends_with(suffix)),
        (None, Some(prefix)) => known.iter().any(|namespace| namespace.starts_with(prefix)),
        (None, None) => known.contains(&name.to_lowercase()),
    }
}
