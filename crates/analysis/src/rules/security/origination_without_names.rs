//! A proxy opens TLS connections without checking whose certificate it gets.
//!
//! ## Why it matters
//!
//! For HTTP Istio compares the certificate with the host of the request. For other protocols it only checks that some authority
//! signed it: whoever has any certificate of that authority can stand in for the server.
//!
//! ## What to do
//!
//! Add `subjectAltNames` with the names that the server's certificate carries.

use manifest::Severity;
use mesh::{World, host, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0008"),
    name: "OriginationWithoutNames",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("origination_without_names.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some(spec) = rule.spec() else { continue };
        let name = host::full_name(spec.text("host"), rule.namespace(), &world.options().cluster_domain);
        let mut ports = world.services_with_host(&name).flat_map(|service| service.ports()).peekable();
        if ports.peek().is_none() || ports.any(|port| port.protocol.may_be_http()) {
            continue;
        }
        for tls in super::client_tls::settings(spec) {
            let originates = matches!(tls.text("mode"), "SIMPLE" | "MUTUAL");
            if originates && tls.list("subjectAltNames").len() == 0 && !tls.flag("insecureSkipVerify") {
                findings
                    .at(&RULE, rule, tls, format!("any certificate of the authority is taken for that of `{name}`"))
                    .hint("Add `subjectAltNames`.");
            }
        }
    }
}
