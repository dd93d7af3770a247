//! A route sends requests to a service or a port that does not exist.
//!
//! ## Why it matters
//!
//! Requests of the rule end in 500, or a part of them if there are other backends: as many as the weight says.
//!
//! ## What to do
//!
//! Correct the name, the namespace or the port, which is that of the service and not that of its pods.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::references::{backends, routes, target};
use crate::flagger_services::made_by_flagger;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0105"),
    name: "BackendMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("backend_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for route in routes(world) {
        for backend in backends(route) {
            let id = target(route, backend, kind::SERVICE);
            let at = |name: &str| backend.get(name).unwrap_or(backend);
            if id.kind != kind::SERVICE.kind() || !id.group.is_empty() {
                continue;
            }
            let Some(service) = world.by_id(&id) else {
                if is_missing(world, &id, kind::SERVICE) && !made_by_flagger(world, &id.name, &id.namespace) {
                    findings
                        .at(&RULE, route, at("name"), format!("`{id}` does not exist"))
                        .hint("Correct the backend, or declare the service.");
                }
                continue;
            };
            // That a port is missing is for validation to say.
            let Some(port) = backend.integer("port") else { continue };
            let external = service.at(&["spec", "type"]).and_then(Field::as_str) == Some("ExternalName");
            let mut ports = service.list(&["spec", "ports"]);
            if !external && !ports.any(|declared| declared.integer("port") == Some(port)) {
                findings
                    .at(&RULE, route, at("port"), format!("`{id}` has no port {port}"))
                    .hint("Write a port of the service.")
                    .see(service.location(), "the service is here");
            }
        }
    }
}
