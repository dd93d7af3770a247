//! A VirtualService is bound to a Gateway that is for none of its hosts.
//!
//! ## Why it matters
//!
//! Requests for its hosts never reach it: the Gateway does not know them, or does not take them from the namespace of
//! the VirtualService.
//!
//! ## What to do
//!
//! Add a host to the Gateway, or correct those of the VirtualService.

use manifest::Severity;
use mesh::{World, kind};

use super::bound_gateways::{self, Bound};
use super::selection::listing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0132"),
    name: "VirtualServiceHostNotFoundInGateway",
    severity: Severity::Warning,
    analyzer: Some("virtualservice.GatewayAnalyzer"),
    source: include_str!("host_not_in_gateway.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        let hosts: Vec<&str> = service.spec().into_iter().flat_map(|spec| spec.texts("hosts")).collect();
        for (field, bound) in bound_gateways::of(world, service) {
            let is_known = !matches!(bound, Bound::Missing(namespace, _) if known.may_hold_more(namespace));
            if is_known && bound.is_for_none_of(service.namespace(), &hosts) {
                let gateway = field.as_str().unwrap_or_default();
                let message =
                    format!("the Gateway `{gateway}` is for none of the hosts {}", listing(hosts.iter().copied()));
                findings.at(&RULE, service, field, message);
            }
        }
    }
}
