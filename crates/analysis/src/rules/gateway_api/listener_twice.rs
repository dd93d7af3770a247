//! Two Gateways have the same listener at the same address.
//!
//! ## Why it matters
//!
//! Gateways that name the same address share it, if their listeners can be told apart. Of two for the same port, protocol and host
//! only one gets the requests: the routes of the other Gateway are never used.
//!
//! ## What to do
//!
//! Give the listeners different hosts or ports, or the Gateways different addresses. Gateways without addresses each get one of
//! their own.

use std::collections::BTreeMap;

use manifest::Severity;
use mesh::{Field, Resource, World, host, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0111"),
    name: "ListenerTwice",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("listener_twice.rs"),
    check: Check::World(check),
};

/// Kind and value of an address, and port, protocol and host of a listener there.
type Place<'w> = (&'w str, String, i64, &'w str, &'w str);

fn check(world: &World, findings: &mut Findings) {
    let mut taken: BTreeMap<Place<'_>, (Resource<'_>, Field<'_>)> = BTreeMap::new();
    for gateway in world.of(kind::GATEWAY) {
        for address in gateway.list(&["spec", "addresses"]) {
            let kind = address.get("type").and_then(Field::as_str).unwrap_or("IPAddress");
            let written = address.text("value");
            let value = match kind {
                // A short name is that of a service beside the Gateway.
                "Hostname" => host::full_name(written, gateway.namespace(), &world.options().cluster_domain),
                _ => written.to_owned(),
            };
            // Without a value somebody chooses one that is free.
            if value.is_empty() {
                continue;
            }
            for listener in gateway.list(&["spec", "listeners"]) {
                let Some(port) = listener.integer("port") else { continue };
                let place = (kind, value.clone(), port, listener.text("protocol"), listener.text("hostname"));
                let (first, other) = *taken.entry(place).or_insert((gateway, listener));
                if first != gateway {
                    let host = match listener.text("hostname") {
                        "" => "any host".to_owned(),
                        host => format!("`{host}`"),
                    };
                    let field = listener.get("hostname").or_else(|| listener.get("port")).unwrap_or(listener);
                    let message = format!("`{}` listens at `{value}`, port {port}, for {host} too", first.id());
                    findings
                        .at(&RULE, gateway, field, message)
                        .hint("Give the listeners different hosts or ports.")
                        .see(other.location(), "the other listener is here");
                }
            }
        }
    }
}
