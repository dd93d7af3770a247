//! A CustomResourceDefinition of the Gateway API is older than Istio can use.
//!
//! ## Why it matters
//!
//! Istio does not watch a kind whose definition is too old, and says so only in its log: routes of the kind have no
//! effect.
//!
//! ## What to do
//!
//! Install the release of the Gateway API that the message names, or a newer one.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

const BUNDLE_VERSION: &str = "gateway.networking.k8s.io/bundle-version";

/// The least release of the Gateway API, as 1.x, that Istio 1.31 watches a kind of.
const MINIMA: [(&str, u64); 4] = [
    ("backendtlspolicies.gateway.networking.k8s.io", 4),
    ("grpcroutes.gateway.networking.k8s.io", 1),
    ("tcproutes.gateway.networking.k8s.io", 6),
    ("tlsroutes.gateway.networking.k8s.io", 5),
];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0176"),
    name: "GatewayAPICRDVersionBelowMinimum",
    severity: Severity::Warning,
    analyzer: Some("k8sgateway.CRDVersionAnalyzer"),
    source: include_str!("gateway_api_too_old.rs"),
    check: Check::Resource(check),
};

fn check(definition: Resource<'_>, findings: &mut Findings) {
    if !definition.is(kind::CUSTOM_RESOURCE_DEFINITION) {
        return;
    }
    let Some((_, minimum)) = MINIMA.iter().find(|(name, _)| *name == definition.name()) else { return };
    let Some(annotation) = definition.at(&["metadata", "annotations", BUNDLE_VERSION]) else { return };
    let installed = annotation.as_str().unwrap_or_default();
    if numbers(installed).is_some_and(|installed| installed < (1, *minimum)) {
        let message = format!("the release {installed} of the Gateway API is below 1.{minimum}.0, which Istio needs");
        findings.at(&RULE, definition, annotation, message);
    }
}

/// Major and minor of a version such as `v1.4.0-rc.1`; parts that are missing are zero.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let core = version.strip_prefix('v').unwrap_or(version).split(['-', '+']).next()?;
    let mut parts = core.split('.').map(str::parse::<u64>);
    let major = parts.next()?.ok()?;
    let minor = parts.next().unwrap_or(Ok(0)).ok()?;
    parts.all(|part| part.is_ok()).then_some((major, minor))
}
