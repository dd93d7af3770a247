//! A VirtualService sends requests to a host with several ports and does not say to which.
//!
//! ## Why it matters
//!
//! istiod takes the first port that it happens to see, or none: the requests fail or reach something else.
//!
//! ## What to do
//!
//! Set `destination.port.number`.

use manifest::Severity;
use mesh::{World, kind};

use super::{destinations, hosts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0112"),
    name: "VirtualServiceDestinationPortSelectorRequired",
    severity: Severity::Error,
    analyzer: Some("virtualservice.DestinationHostAnalyzer"),
    source: include_str!("destination_port_required.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for destination in destinations::of(service).filter(|destination| destination.port().is_none()) {
            let ports = destinations::ports(&hosts::services(world, service, destination.host()));
            if ports.len() > 1 {
                let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
                let message = format!("`{}` has the ports {ports}, and none is chosen", destination.host());
                findings.at(&RULE, service, destination.place(), message).hint("Set `destination.port.number`.");
            }
        }
    }
}
