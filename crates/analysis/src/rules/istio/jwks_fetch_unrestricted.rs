//! istiod fetches the keys of token issuers from whatever address a RequestAuthentication names.
//!
//! ## Why it matters
//!
//! Whoever may write a RequestAuthentication can make istiod send requests into networks that only istiod reaches, such
//! as the metadata service of the cloud.
//!
//! ## What to do
//!
//! Set `BLOCKED_CIDRS_IN_JWKS_URIS` in istiod's environment to the ranges that no issuer has.

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use super::selection::{listing, name};
use crate::{Check, Code, Findings, Rule};

const VARIABLE: &str = "BLOCKED_CIDRS_IN_JWKS_URIS";

pub(super) const RULE: Rule = Rule {
    code: Code("IST0175"),
    name: "JwksUriFetchUnrestricted",
    severity: Severity::Warning,
    analyzer: Some("authn.BlockedCIDRsAnalyzer"),
    source: include_str!("jwks_fetch_unrestricted.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let authentications: Vec<String> = world.of(kind::REQUEST_AUTHENTICATION).map(name).collect();
    if authentications.is_empty() {
        return;
    }
    let names = listing(authentications.iter().map(String::as_str));
    for istiod in world.of(kind::DEPLOYMENT).filter(|deployment| deployment.label("app") == Some("istiod")) {
        if !blocks_ranges(istiod) {
            let message = format!("istiod fetches keys from every address while {names} can name any");
            findings.about(&RULE, istiod, message).hint(format!("Set `{VARIABLE}` in its environment."));
        }
    }
}

fn blocks_ranges(istiod: Resource<'_>) -> bool {
    let mut variables =
        istiod.list(&["spec", "template", "spec", "containers"]).flat_map(|container| container.list("env"));
    let is_set = |variable: Field<'_>| !variable.text("value").is_empty() || variable.get("valueFrom").is_some();
    variables.any(|variable| variable.text("name") == VARIABLE && is_set(variable))
}
