//! A VirtualService is bound to a Gateway that Istio makes for its own use.
//!
//! ## Why it matters
//!
//! The names of such Gateways are not a promise: with another release they are others, and the VirtualService is bound
//! to nothing.
//!
//! ## What to do
//!
//! Attach an HTTPRoute to the Gateway of the Gateway API instead.

use manifest::Severity;
use mesh::{World, kind};

use super::bound_gateways::{self, Bound};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0165"),
    name: "ReferencedInternalGateway",
    severity: Severity::Warning,
    analyzer: Some("virtualservice.GatewayAnalyzer"),
    source: include_str!("virtual_service_internal_gateway.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for (field, bound) in bound_gateways::of(world, service) {
            if let Bound::Internal(name) = bound {
                findings.at(&RULE, service, field, format!("the Gateway `{name}` is Istio's own"));
            }
        }
    }
}
