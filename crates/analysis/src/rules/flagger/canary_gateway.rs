//! A Canary routes requests of a gateway that does not exist.
//!
//! ## Why it matters
//!
//! Flagger writes the route with the gateways that the Canary names. If one does not exist, requests from outside end in 404 as
//! soon as the Canary is initialized; with the Gateway API and without any, there is no route at all.
//!
//! ## What to do
//!
//! Correct `service.gateways`, written `namespace/name` for a gateway of another namespace, or `service.gatewayRefs`.

use manifest::Severity;
use mesh::{World, kind};

use super::canary::Canary;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0017"),
    name: "CanaryGateway",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("canary_gateway.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let Some(service) = canary.spec("service") else { continue };
        for gateway in service.list("gateways") {
            let text = gateway.as_str().unwrap_or_default();
            let (namespace, name) = text.split_once('/').unwrap_or((canary.resource.namespace(), text));
            // Older manifests write the full name of a service in the place of a gateway's.
            let judged = !matches!(text, "" | "mesh") && !name.contains('.');
            let mut id = canary.id(kind::ISTIO_GATEWAY, name);
            namespace.clone_into(&mut id.namespace);
            if judged && is_missing(world, &id, kind::ISTIO_GATEWAY) {
                findings
                    .at(
                        &RULE,
                        canary.resource,
                        gateway,
                        format!("there is no Gateway `{name}` in the namespace `{namespace}`"),
                    )
                    .hint("Correct `service.gateways`, or declare the Gateway.");
            }
        }
        for reference in service.list("gatewayRefs") {
            let is_gateway = matches!(reference.text("kind"), "" | "Gateway");
            let id = canary.referred(kind::GATEWAY, reference);
            if is_gateway && is_missing(world, &id, kind::GATEWAY) {
                findings
                    .at(
                        &RULE,
                        canary.resource,
                        reference.get("name").unwrap_or(reference),
                        format!("`{id}` does not exist"),
                    )
                    .hint("Correct `service.gatewayRefs`, or declare the Gateway.");
            }
        }
        let provider = canary
            .spec("provider")
            .filter(|provider| provider.as_str().is_some_and(|name| name.starts_with("gatewayapi")));
        if let Some(provider) = provider.filter(|_| service.list("gatewayRefs").len() == 0) {
            let name = provider.as_str().unwrap_or_default();
            findings
                .at(&RULE, canary.resource, provider, format!("the provider `{name}` needs `service.gatewayRefs`"))
                .hint("Add `service.gatewayRefs` with the Gateway, or with the Service for traffic in the mesh.");
        }
    }
}
