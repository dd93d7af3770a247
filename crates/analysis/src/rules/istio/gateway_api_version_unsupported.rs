//! A CustomResourceDefinition of the Gateway API does not serve the version that Istio reads.
//!
//! ## Why it matters
//!
//! Istio cannot read objects of the kind: gateways and routes have no effect. `istioctl x precheck` asks a cluster for
//! the same.
//!
//! ## What to do
//!
//! Install a newer release of the Gateway API.

use manifest::Severity;
use mesh::Resource;

use super::gateway_api_versions;
use crate::{Check, Code, Findings, Rule};

const VERSION: &str = "v1beta1";
const KINDS: [&str; 4] = ["Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0156"),
    name: "UnsupportedGatewayAPIVersion",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("gateway_api_version_unsupported.rs"),
    check: Check::Resource(check),
};

fn check(definition: Resource<'_>, findings: &mut Findings) {
    if let Some((place, served)) = gateway_api_versions::without(definition, &KINDS, VERSION) {
        let message = format!("the definition serves {served}, but not `{VERSION}`");
        findings.at(&RULE, definition, place, message);
    }
}
