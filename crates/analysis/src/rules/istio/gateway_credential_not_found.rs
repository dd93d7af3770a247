//! A Gateway names a Secret that is not in the namespace of its proxies.
//!
//! ## Why it matters
//!
//! The proxy has no certificate for the port, so every TLS handshake fails. The Secret belongs beside the proxies, not
//! beside the Gateway.
//!
//! ## What to do
//!
//! Create the Secret in the namespace of the proxies. Those that cert-manager, External Secrets or Sealed Secrets make
//! count.

use manifest::Severity;
use mesh::{World, kind};

use super::gateway_credentials::{self, Credential};
use super::selection::listing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("gateway.SecretAnalyzer"),
    source: include_str!("gateway_credential_not_found.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    let makers = gateway_credentials::Makers::of(world);
    for gateway in world.of(kind::ISTIO_GATEWAY) {
        for reference in gateway_credentials::references(world, gateway) {
            let is_known = !reference.namespaces.iter().any(|namespace| known.may_hold_more(namespace));
            if is_known && reference.find(world, &makers) == Credential::Missing {
                let places = listing(reference.namespaces.iter().copied());
                let message = format!("there is no Secret `{}` in the namespace {places}", reference.name);
                findings.at(&RULE, gateway, reference.field, message);
            }
        }
    }
}
