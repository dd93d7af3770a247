//! A Sidecar names a host that no service has.
//!
//! ## Why it matters
//!
//! The workloads do not learn of the service that was meant: where only what is known may be called, their requests fail.
//!
//! ## What to do
//!
//! Correct the namespace or the host: `NAMESPACE/HOST`, where the host of a service is its full name, such as
//! `shop/web.shop.svc.cluster.local`, or `*`.

use manifest::Severity;
use mesh::{World, host, kind};

use crate::missing::would_be_declared;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1004"),
    name: "SidecarHostUnknown",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("sidecar_host_unknown.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for sidecar in world.within(kind::SIDECAR, namespace) {
        for item in sidecar.list(&["spec", "egress"]).flat_map(|egress| egress.list("hosts")) {
            let Some((namespace, name)) = item.as_str().and_then(|text| text.split_once('/')) else { continue };
            let namespace = match namespace {
                "." => sidecar.namespace(),
                "*" | "~" => continue,
                namespace => namespace,
            };
            if name.contains('*') || !known.whole(namespace) || !would_be_declared(world, namespace, kind::SERVICE) {
                continue;
            }
            let full = host::full_name(name, namespace, &world.options().cluster_domain);
            // A VirtualService of the namespace makes a host known too.
            let services = world.services_for_host(&full);
            let routed = || {
                let mut routes = world.within(kind::VIRTUAL_SERVICE, namespace);
                routes.any(|route| route.list(&["spec", "hosts"]).any(|host| host.as_str() == Some(name)))
            };
            if !services.iter().any(|service| service.namespace() == namespace) && !routed() {
                findings
                    .at(&RULE, sidecar, item, format!("there is no `{full}` in the namespace `{namespace}`"))
                    .hint("Correct the namespace or the host.");
            }
        }
    }
}
