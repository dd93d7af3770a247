//! A webhook of Istio's has no address that could be asked: neither a Service nor a URL with a host.
//!
//! ## Why it matters
//!
//! Pods are not injected, or objects not validated; with `failurePolicy: Fail` nothing of what the webhook is asked
//! about can be created.
//!
//! ## What to do
//!
//! Write the control plane's address as a URL with a host name, or name its Service.

use manifest::Severity;
use mesh::Resource;

use super::istio_webhooks::{self, Address};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0163"),
    name: "InvalidExternalControlPlaneConfig",
    severity: Severity::Warning,
    analyzer: Some("externalcontrolplane.ExternalControlPlaneAnalyzer"),
    source: include_str!("external_control_plane_invalid.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for webhook in istio_webhooks::of_control_plane(resource) {
        let name = webhook.text("name");
        let message = match istio_webhooks::address(webhook) {
            Address::None => format!("the webhook `{name}` has neither a Service nor a URL"),
            Address::Unreadable(url, why) => format!("the URL `{url}` of the webhook `{name}` {why}"),
            Address::Service | Address::HostName | Address::Ip(_) => continue,
        };
        let place = webhook.at(&["clientConfig", "url"]).unwrap_or(webhook);
        findings.at(&RULE, resource, place, message);
    }
}
