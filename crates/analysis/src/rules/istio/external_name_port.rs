//! A port of a Service of the type `ExternalName` is TCP, or says no protocol.
//!
//! ## Why it matters
//!
//! The proxy opens such a port for all addresses: it takes up all traffic to the port number, whatever Service it is
//! for.
//!
//! ## What to do
//!
//! Name the port by a protocol other than `tcp`, such as `http` or `tls`.

use manifest::Severity;
use mesh::{Resource, kind};

use super::port_names;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0150"),
    name: "ExternalNameServiceTypeInvalidPortName",
    severity: Severity::Warning,
    analyzer: Some("service.PortNameAnalyzer"),
    source: include_str!("external_name_port.rs"),
    check: Check::Resource(check),
};

fn check(service: Resource<'_>, findings: &mut Findings) {
    if !service.is(kind::SERVICE) || !port_names::is_external_name(service) {
        return;
    }
    for port in port_names::undeclared(service) {
        let number = port.integer("port").unwrap_or_default();
        let message = format!("the port {number} of an external name takes up the traffic to all addresses");
        let place = port.get("name").or(port.get("port")).unwrap_or(port);
        findings.at(&RULE, service, place, message).hint("Name the port by its protocol, such as `tls`.");
    }
}
