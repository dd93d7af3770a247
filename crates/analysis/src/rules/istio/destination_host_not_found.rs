//! A VirtualService sends requests to a host that no Service and no ServiceEntry declares.
//!
//! ## Why it matters
//!
//! The requests fail with 503: there is no cluster by that name in the proxy. A host without dots is a Service of the
//! VirtualService's own namespace.
//!
//! ## What to do
//!
//! Correct the host, write it with its namespace, or declare and export it.

use manifest::Severity;
use mesh::{World, kind};

use super::destinations::{self, Role};
use super::hosts;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("virtualservice.DestinationHostAnalyzer"),
    source: include_str!("destination_host_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for service in world.within(kind::VIRTUAL_SERVICE, namespace) {
        for destination in destinations::of(service) {
            let host = destination.host();
            if hosts::services(world, service, host).is_empty() && !hosts::may_exist(world, known, service, host) {
                let what = match destination.role {
                    Role::Route => "requests go to",
                    Role::Mirror => "requests are mirrored to",
                };
                let message = match host {
                    "" => format!("{what} no host at all"),
                    host => format!("{what} the host `{host}`, which nothing declares"),
                };
                let name = hosts::full_name(world, service, host);
                let finding = findings.at(&RULE, service, destination.place(), message);
                if name != host {
                    finding
                        .hint(format!("It means `{name}` here; write the namespace of the Service if it is another."));
                }
            }
        }
    }
}
