//! A port of a Service says by neither its name nor `appProtocol` what it carries.
//!
//! ## Why it matters
//!
//! The proxy guesses the protocol from the first bytes. Where the server speaks first, connections hang until the guess
//! times out; where it guesses TCP, routes, retries and policies for HTTP do not apply.
//!
//! ## What to do
//!
//! Name the port `PROTOCOL` or `PROTOCOL-SUFFIX`, such as `http-web`, or set `appProtocol`.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use super::port_names;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0118"),
    name: "PortNameIsNotUnderNamingConvention",
    severity: Severity::Info,
    analyzer: Some("service.PortNameAnalyzer"),
    source: include_str!("port_name_convention.rs"),
    check: Check::Resource(check),
};

fn check(service: Resource<'_>, findings: &mut Findings) {
    if !service.is(kind::SERVICE) || port_names::is_external_name(service) {
        return;
    }
    for port in port_names::undeclared(service) {
        let number = port.integer("port").unwrap_or_default();
        let application = port.get("appProtocol").and_then(Field::as_str);
        let message = match (port.text("name"), application) {
            (_, Some(application)) => {
                format!("the `appProtocol` `{application}` of the port {number} is none that Istio knows")
            }
            ("", None) => format!("the port {number} has no name that says its protocol"),
            (name, None) => format!("the name `{name}` of the port {number} does not begin with a protocol"),
        };
        let place = ["appProtocol", "name", "port"].into_iter().find_map(|name| port.get(name)).unwrap_or(port);
        findings.at(&RULE, service, place, message).hint("Name the port by its protocol, such as `http-web`.");
    }
}
