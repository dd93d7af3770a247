//! The Secret of a Gateway holds no certificate that could be presented.
//!
//! ## Why it matters
//!
//! The proxy refuses the certificate, or its clients do: it is no certificate, its key is missing, or its time is over
//! or has not begun.
//!
//! ## What to do
//!
//! Put a valid certificate and its key into `tls.crt` and `tls.key`, or into `cert` and `key`.

use manifest::Severity;
use mesh::{World, kind};

use super::gateway_credentials::{self, Credential};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0161"),
    name: "InvalidGatewayCredential",
    severity: Severity::Error,
    analyzer: Some("gateway.SecretAnalyzer"),
    source: include_str!("invalid_gateway_credential.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let makers = gateway_credentials::Makers::of(world);
    for gateway in world.of(kind::ISTIO_GATEWAY) {
        for reference in gateway_credentials::references(world, gateway) {
            if let Credential::Bad(secret, problem) = reference.find(world, &makers) {
                let message = format!("the Secret `{}` {problem}", reference.name);
                findings.at(&RULE, gateway, reference.field, message).see(secret.location(), "the Secret");
            }
        }
    }
}
