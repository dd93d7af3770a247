//! A DestinationRule originates TLS and says no certificate authority to verify the server by.
//!
//! ## Why it matters
//!
//! With older proxies, or with `VERIFY_CERTIFICATE_AT_CLIENT` off, any certificate is accepted: whoever stands between
//! reads and changes the traffic.
//!
//! ## What to do
//!
//! Set `caCertificates`, or a `credentialName` together with a `workloadSelector`.

use manifest::Severity;
use mesh::{Resource, kind};

use super::client_tls;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0128"),
    name: "NoServerCertificateVerificationDestinationLevel",
    severity: Severity::Warning,
    analyzer: Some("destinationrule.CaCertificateAnalyzer"),
    source: include_str!("tls_without_verification.rs"),
    check: Check::Resource(check),
};

fn check(rule: Resource<'_>, findings: &mut Findings) {
    let tls = rule.at(&["spec", "trafficPolicy", "tls"]).filter(|_| rule.is(kind::DESTINATION_RULE));
    if let Some(tls) = tls.filter(|tls| client_tls::accepts_any_server(rule, *tls)) {
        let host = rule.spec().map_or("", |spec| spec.text("host"));
        let place = tls.get("mode").unwrap_or(tls);
        let message = format!("TLS to `{host}` has no `caCertificates` to verify the server by");
        findings.at(&RULE, rule, place, message).hint("Set `caCertificates`.");
    }
}
