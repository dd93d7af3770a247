//! Tokens are checked, but none is required.
//!
//! ## Why it matters
//!
//! A RequestAuthentication refuses requests with a bad token and lets those without any through. Without an
//! AuthorizationPolicy that asks for one, leaving the token out is all it takes to get in.
//!
//! ## What to do
//!
//! Declare an AuthorizationPolicy for the same workloads that allows only requests with `requestPrincipals`, or denies those
//! with `notRequestPrincipals: ["*"]`.

use std::collections::{BTreeSet, HashMap};

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0011"),
    name: "JwtNotRequired",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("jwt_not_required.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    let mut requiring: HashMap<&str, Vec<Resource<'_>>> = HashMap::new();
    for policy in world.of(kind::ISTIO_AUTHORIZATION_POLICY).filter(|policy| asks_for_a_token(*policy)) {
        requiring.entry(policy.namespace()).or_default().push(policy);
    }
    for authentication in world.of(kind::REQUEST_AUTHENTICATION) {
        let Some(rules) = authentication.at(&["spec", "jwtRules"]).filter(|rules| rules.items().len() > 0) else {
            continue;
        };
        let near = [Some(authentication.namespace()), (root != authentication.namespace()).then_some(root)];
        let mut policies = near.into_iter().flatten().filter_map(|namespace| requiring.get(namespace)).flatten();
        if !policies.any(|policy| meets(*policy, authentication)) {
            findings
                .at(
                    &RULE,
                    authentication,
                    rules,
                    "requests without a token are let through: no AuthorizationPolicy asks for one",
                )
                .hint("Declare an AuthorizationPolicy for the same workloads with `requestPrincipals`.");
        }
    }
}

/// Whether a policy depends on the identity of a token.
fn asks_for_a_token(policy: Resource<'_>) -> bool {
    if policy.at(&["spec", "action"]).and_then(Field::as_str) == Some("CUSTOM") {
        return true;
    }
    policy.list(&["spec", "rules"]).any(|rule| {
        let sources = || rule.list("from").filter_map(|from| from.get("source"));
        sources().any(|source| source.list("requestPrincipals").len() + source.list("notRequestPrincipals").len() > 0)
            || rule.list("when").any(|when| when.text("key").starts_with("request.auth."))
    })
}

/// Whether the workloads of two policies can be the same: one of them has no selector, or no label in both differs.
fn meets(policy: Resource<'_>, authentication: Resource<'_>) -> bool {
    let labels = |resource: Resource<'_>| -> BTreeSet<(String, String)> {
        let labels = resource.at(&["spec", "selector", "matchLabels"]).into_iter().flat_map(Field::members);
        labels.map(|(name, value)| (name.to_owned(), value.as_str().unwrap_or_default().to_owned())).collect()
    };
    let (one, other) = (labels(policy), labels(authentication));
    one.iter().all(|(name, value)| other.iter().all(|(known, wanted)| known != name || wanted == value))
}
