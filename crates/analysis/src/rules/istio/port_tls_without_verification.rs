//! A DestinationRule originates TLS for one port and says no certificate authority to verify the server by.
//!
//! ## Why it matters
//!
//! With older proxies, or with `VERIFY_CERTIFICATE_AT_CLIENT` off, any certificate is accepted: whoever stands between
//! reads and changes the traffic. What is set for all ports does not hold for a port with settings of its own.
//!
//! ## What to do
//!
//! Set `caCertificates` for the port too.

use manifest::Severity;
use mesh::{Resource, kind};

use super::client_tls;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0129"),
    name: "NoServerCertificateVerificationPortLevel",
    severity: Severity::Warning,
    analyzer: Some("destinationrule.CaCertificateAnalyzer"),
    source: include_str!("port_tls_without_verification.rs"),
    check: Check::Resource(check),
};

fn check(rule: Resource<'_>, findings: &mut Findings) {
    if !rule.is(kind::DESTINATION_RULE) {
        return;
    }
    for settings in rule.list(&["spec", "trafficPolicy", "portLevelSettings"]) {
        if let Some(tls) = settings.get("tls").filter(|tls| client_tls::accepts_any_server(rule, *tls)) {
            let host = rule.spec().map_or("", |spec| spec.text("host"));
            let port = settings.get("port").and_then(|port| port.integer("number")).unwrap_or_default();
            let place = tls.get("mode").unwrap_or(tls);
            let message = format!("TLS to port {port} of `{host}` has no `caCertificates` to verify the server by");
            findings.at(&RULE, rule, place, message).hint("Set `caCertificates` for the port.");
        }
    }
}
