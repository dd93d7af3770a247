//! A VirtualService is bound to a Gateway that does not exist.
//!
//! ## Why it matters
//!
//! Its routes are not used by any gateway: what arrives there gets 404.
//!
//! ## What to do
//!
//! Correct the name; a Gateway of another namespace is written `namespace/name`.

use manifest::Severity;
use mesh::{World, kind};

use super::bound_gateways::{self, Bound};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("virtualservice.GatewayAnalyzer"),
    source: include_str!("virtual_service_gateway_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for (field, bound) in bound_gateways::of(world, service) {
            if let Bound::Missing(namespace, name) = bound
                && !known.may_hold_more(namespace)
            {
                findings.at(&RULE, service, field, format!("there is no Gateway `{name}`"));
            }
        }
    }
}
