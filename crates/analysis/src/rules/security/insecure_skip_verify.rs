//! Certificates are not checked at all.
//!
//! ## Why it matters
//!
//! The connection is encrypted, but to anybody: whoever stands between reads and changes everything that is sent, credentials
//! included.
//!
//! ## What to do
//!
//! Remove the field, and name the authority that signed the server's certificate: `caCertificates` or `credentialName` in a
//! DestinationRule.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0009"),
    name: "InsecureSkipVerify",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("insecure_skip_verify.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let mut say = |field: Option<Field<'_>>| {
        if let Some(field) = field.filter(|field| field.value().as_bool() == Some(true)) {
            findings
                .at(&RULE, resource, field, "the server's certificate is not checked")
                .hint("Remove the field, and name the authority that signed the certificate.");
        }
    };
    if resource.is(kind::DESTINATION_RULE) {
        let settings = resource.spec().into_iter().flat_map(super::client_tls::settings);
        settings.for_each(|tls| say(tls.get("insecureSkipVerify")));
    } else if resource.is(kind::METRIC_TEMPLATE) {
        say(resource.at(&["spec", "provider", "insecureSkipVerify"]));
    } else if resource.is(kind::CANARY) {
        resource.list(&["spec", "analysis", "webhooks"]).for_each(|webhook| say(webhook.get("disableTLS")));
    } else if resource.kind() == "APIService" {
        say(resource.at(&["spec", "insecureSkipTLSVerify"]));
    }
}
