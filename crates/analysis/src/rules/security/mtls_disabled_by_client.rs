//! A DestinationRule makes clients speak plain text to a service of the mesh.
//!
//! ## Why it matters
//!
//! Clients take the proxy's mutual TLS away themselves: requests are not encrypted, the server sees no identity, and if it is
//! strict it refuses them.
//!
//! ## What to do
//!
//! Remove `tls`, so that Istio chooses mutual TLS wherever the server has a proxy.

use manifest::Severity;
use mesh::{Field, World, host, kind};

use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0003"),
    name: "MtlsDisabledByClient",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mtls_disabled_by_client.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some(spec) = rule.spec() else { continue };
        let disabled: Vec<Field<'_>> = super::client_tls::settings(spec)
            .filter(|tls| tls.text("mode") == "DISABLE")
            .filter_map(|tls| tls.get("mode"))
            .collect();
        if disabled.is_empty() {
            continue;
        }
        let name = host::full_name(spec.text("host"), rule.namespace(), &world.options().cluster_domain);
        let mut workloads = world.services_with_host(&name).flat_map(|service| service.workloads(world));
        if workloads.any(|workload| Membership::of(world, workload).is_istio()) {
            for mode in disabled {
                findings
                    .at(&RULE, rule, mode, format!("clients speak plain text to `{name}`, which is in the mesh"))
                    .hint("Remove `tls`.");
            }
        }
    }
}
