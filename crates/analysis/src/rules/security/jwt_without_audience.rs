//! Tokens are accepted whoever they were made for.
//!
//! ## Why it matters
//!
//! An issuer signs tokens for many applications. Without `audiences`, a token that a user gave to any other application of the
//! same issuer opens this one too, so that a stranger's service can act as your users.
//!
//! ## What to do
//!
//! Add `audiences` with the identifier that the issuer knows this application by, or check the claim `aud` in an
//! AuthorizationPolicy with `request.auth.audiences`.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0010"),
    name: "JwtWithoutAudience",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("jwt_without_audience.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    let checks_elsewhere = |namespace: &str| {
        world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace).any(|policy| {
            policy
                .list(&["spec", "rules"])
                .flat_map(|rule| rule.list("when"))
                .any(|when| matches!(when.text("key"), "request.auth.audiences" | "request.auth.claims[aud]"))
        })
    };
    for authentication in world.of(kind::REQUEST_AUTHENTICATION) {
        let lacking: Vec<_> =
            authentication.list(&["spec", "jwtRules"]).filter(|rule| rule.list("audiences").len() == 0).collect();
        if lacking.is_empty() || checks_elsewhere(authentication.namespace()) || checks_elsewhere(root) {
            continue;
        }
        for rule in lacking {
            let message = format!("tokens of `{}` are accepted whoever they were made for", rule.text("issuer"));
            findings.at(&RULE, authentication, rule, message).hint("Add `audiences`.");
        }
    }
}
