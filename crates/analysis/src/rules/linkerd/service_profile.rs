//! A ServiceProfile is for no service.
//!
//! ## Why it matters
//!
//! Its name must be the full name of a service. Otherwise its routes, retries and timeouts are for nobody.
//!
//! ## What to do
//!
//! Name it `SERVICE.NAMESPACE.svc.cluster.local`, in the namespace of the service or of a client.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0111"),
    name: "ServiceProfile",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("service_profile.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    let domain = &world.options().cluster_domain;
    for profile in world.of(kind::LINKERD_SERVICE_PROFILE) {
        let at = profile.at(&["metadata", "name"]).unwrap_or(profile.root());
        let name = profile.name();
        let service = name.strip_suffix(&format!(".svc.{domain}")).and_then(|name| name.split_once('.'));
        if let Some((service, namespace)) = service {
            if known.whole(namespace) && world.find(kind::SERVICE, namespace, service).is_none() {
                let message = format!("there is no service `{service}` in the namespace `{namespace}`");
                findings.at(&RULE, profile, at, message).hint("Correct the name of the profile.");
            }
        } else if !name.contains('.') || name.ends_with(".svc") {
            // Other names are of something outside the cluster.
            findings
                .at(&RULE, profile, at, format!("`{name}` is not the full name of a service"))
                .hint(format!("Name it `{}.NAMESPACE.svc.{domain}`.", name.split('.').next().unwrap_or(name)));
        }
    }
}
