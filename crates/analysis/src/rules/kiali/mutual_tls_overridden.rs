//! A DestinationRule takes the place of a wider one, and leaves out its mutual TLS.
//!
//! ## Why it matters
//!
//! Of two DestinationRules only the one whose host fits better counts; they are not merged. With `enableAutoMtls: false` a rule
//! for one service that only sets a timeout or a subset makes its clients speak plain text, although a rule for the whole mesh or
//! namespace demands mutual TLS.
//!
//! ## What to do
//!
//! Repeat `tls.mode: ISTIO_MUTUAL` in the DestinationRule, or remove `enableAutoMtls: false` from the mesh configuration.

use manifest::Severity;
use mesh::{Field, Resource, World, host, kind};

use super::mtls::{Rules, chooses_itself, says_tls};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0204"),
    name: "MutualTlsOverridden",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mutual_tls_overridden.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if chooses_itself(world) {
        return;
    }
    let rules = Rules::of(world);
    let root = world.mesh_config().root_namespace();
    let demands = |rule: &Resource<'_>| {
        rule.at(&["spec", "trafficPolicy", "tls", "mode"]).and_then(Field::as_str) == Some("ISTIO_MUTUAL")
    };
    for rule in world.of(kind::DESTINATION_RULE).filter(|rule| !says_tls(*rule)) {
        let Some(written) = rule.at(&["spec", "host"]) else { continue };
        let domain = &world.options().cluster_domain;
        let name = host::full_name(written.as_str().unwrap_or_default(), rule.namespace(), domain);
        // What is outside the cluster is not in the mesh, whatever a rule for `*` says.
        if !name.ends_with(domain.as_str()) {
            continue;
        }
        let near = |wider: &Resource<'_>| [rule.namespace(), root].contains(&wider.namespace());
        if let Some(wider) = rules.wider(&name).find(|wider| near(wider) && demands(wider)) {
            let place = rule.at(&["spec", "trafficPolicy"]).unwrap_or(written);
            findings
                .at(
                    &RULE,
                    rule,
                    place,
                    format!("for `{name}` it takes the place of `{}`, and leaves out its mutual TLS", wider.id()),
                )
                .hint("Repeat `tls.mode: ISTIO_MUTUAL`.")
                .see(wider.location(), "the wider one is here");
        }
    }
}
