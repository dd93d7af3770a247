//! A kind or a field is in use that Istio has given up.
//!
//! ## Why it matters
//!
//! Fields that are given up are ignored, now or with one of the next releases, and kinds that are given up have no
//! effect at all.
//!
//! ## What to do
//!
//! Use what replaced it, which the message names.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

/// The group whose kinds AuthorizationPolicy replaced, and those kinds.
const REMOVED_GROUP: &str = "rbac.istio.io";
const REMOVED_KINDS: [&str; 4] = ["ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0002"),
    name: "Deprecated",
    severity: Severity::Warning,
    analyzer: Some("deprecation.DeprecationAnalyzer"),
    source: include_str!("deprecated_configuration.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    if resource.is(kind::VIRTUAL_SERVICE) {
        check_delays(resource, findings);
    } else if resource.is(kind::SIDECAR) {
        if let Some(proxy) = resource.at(&["spec", "outboundTrafficPolicy", "egressProxy"]) {
            findings.at(&RULE, resource, proxy, "`outboundTrafficPolicy.egressProxy` is ignored");
        }
    } else if resource.is(kind::CUSTOM_RESOURCE_DEFINITION) {
        let group = resource.at(&["spec", "group"]).and_then(Field::as_str).unwrap_or_default();
        let kind = resource.at(&["spec", "names", "kind"]).and_then(Field::as_str).unwrap_or_default();
        check_removed(resource, group, kind, findings);
    } else {
        check_removed(resource, &resource.id().group, resource.kind(), findings);
    }
}

/// A delay for a share of the requests that is a whole number of percent.
fn check_delays(service: Resource<'_>, findings: &mut Findings) {
    let delays = service.list(&["spec", "http"]).filter_map(|route| route.at(&["fault", "delay"]));
    let mut shares = delays.filter(|delay| delay.integer("percent").is_some_and(|share| share > 0));
    if let Some(first) = shares.next().and_then(|delay| delay.get("percent")) {
        let message = "`fault.delay.percent` is deprecated in favour of `fault.delay.percentage`";
        let finding = findings.at(&RULE, service, first, message);
        for other in shares {
            finding.see(other.get("percent").and_then(Field::location), "and here");
        }
    }
}

fn check_removed(resource: Resource<'_>, group: &str, kind: &str, findings: &mut Findings) {
    if group == REMOVED_GROUP && REMOVED_KINDS.contains(&kind) {
        let message = format!("Istio has no kind `{kind}` any more");
        findings.about(&RULE, resource, message).hint("Write an AuthorizationPolicy instead.");
    }
}
