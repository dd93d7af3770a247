//! A gateway takes requests for every host.
//!
//! ## Why it matters
//!
//! Every VirtualService of every namespace may attach any host to it: a team can take another team's address, by mistake or on
//! purpose, and names that nobody meant to serve are answered.
//!
//! ## What to do
//!
//! Name the hosts, with the namespace that may serve each: `shop/shop.example.com`.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0007"),
    name: "WildcardGatewayHost",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("wildcard_gateway_host.rs"),
    check: Check::Resource(check),
};

fn check(gateway: Resource<'_>, findings: &mut Findings) {
    if gateway.is(kind::ISTIO_GATEWAY) {
        for server in gateway.list(&["spec", "servers"]) {
            for host in server.list("hosts").filter(|host| matches!(host.as_str(), Some("*" | "*/*"))) {
                findings
                    .at(&RULE, gateway, host, "the server takes every host, from every namespace")
                    .hint("Name the hosts, each with the namespace that may serve it.");
            }
        }
    } else if gateway.is(kind::GATEWAY) {
        for listener in gateway.list(&["spec", "listeners"]) {
            let from = listener.at(&["allowedRoutes", "namespaces", "from"]);
            if listener.text("hostname").is_empty() && from.and_then(Field::as_str) == Some("All") {
                let message =
                    format!("the listener `{}` takes every host, from every namespace", listener.text("name"));
                findings
                    .at(&RULE, gateway, from.unwrap_or(listener), message)
                    .hint("Add a `hostname`, or select the namespaces whose routes may attach.");
            }
        }
    }
}
