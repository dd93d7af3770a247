//! A webhook of Istio's asks an external control plane by an IP address.
//!
//! ## Why it matters
//!
//! The address is written into every cluster that the control plane serves; when it changes, none of them injects or
//! validates any more.
//!
//! ## What to do
//!
//! Use a host name, of which the certificate can speak too.

use manifest::Severity;
use mesh::Resource;

use super::istio_webhooks::{self, Address};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0164"),
    name: "ExternalControlPlaneAddressIsNotAHostname",
    severity: Severity::Info,
    analyzer: Some("externalcontrolplane.ExternalControlPlaneAnalyzer"),
    source: include_str!("external_control_plane_by_ip.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for webhook in istio_webhooks::of_control_plane(resource) {
        if let Address::Ip(address) = istio_webhooks::address(webhook) {
            let place = webhook.at(&["clientConfig", "url"]).unwrap_or(webhook);
            let message = format!("the webhook `{}` asks the IP address `{address}`", webhook.text("name"));
            findings.at(&RULE, resource, place, message).hint("Use a host name.");
        }
    }
}
