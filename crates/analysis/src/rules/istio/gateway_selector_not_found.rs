//! A Gateway selects no workload.
//!
//! ## Why it matters
//!
//! No proxy opens its ports: whoever connects is refused.
//!
//! ## What to do
//!
//! Correct the selector, or install the gateway that it selects.

use manifest::Severity;
use mesh::{World, kind};

use super::selection;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("gateway.IngressGatewayPortAnalyzer"),
    source: include_str!("gateway_selector_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    // The proxies may be anywhere, so they are missing only if everything is known.
    let is_known = world.coverage().everything();
    for gateway in world.within(kind::ISTIO_GATEWAY, namespace).filter(|_| is_known) {
        let labels = gateway.at(&["spec", "selector"]);
        if selection::workloads(world, None, labels).is_empty() {
            let message = match selection::text(labels).as_str() {
                "" => "there is no workload that the gateway could be".to_owned(),
                text => format!("no workload has the labels `{text}`"),
            };
            match labels {
                Some(labels) => findings.at(&RULE, gateway, labels, message),
                None => findings.about(&RULE, gateway, message),
            };
        }
    }
}
