//! A gateway serves HTTP in clear text.
//!
//! ## Why it matters
//!
//! Passwords, cookies and tokens of users cross the network readable, and whoever stands between can change pages.
//!
//! ## What to do
//!
//! Serve HTTPS with a certificate, and redirect from HTTP: `tls.httpsRedirect: true` on the plain server, or a RequestRedirect
//! filter of the scheme `https` on the routes of a plain listener.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0006"),
    name: "PlaintextGateway",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("plaintext_gateway.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for gateway in world.of(kind::ISTIO_GATEWAY) {
        for server in gateway.list(&["spec", "servers"]) {
            let Some(port) = server.get("port") else { continue };
            let plain =
                matches!(port.text("protocol").to_ascii_uppercase().as_str(), "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB");
            let redirects = server.get("tls").is_some_and(|tls| tls.flag("httpsRedirect"));
            if plain && !redirects {
                let number = port.integer("number").unwrap_or_default();
                findings
                    .at(
                        &RULE,
                        gateway,
                        port.get("protocol").unwrap_or(port),
                        format!("the port {number} serves clear text and does not redirect to HTTPS"),
                    )
                    .hint("Add `tls.httpsRedirect: true`, and a server for HTTPS.");
            }
        }
    }
    for gateway in world.of(kind::GATEWAY) {
        for listener in gateway.list(&["spec", "listeners"]).filter(|listener| listener.text("protocol") == "HTTP") {
            if !redirects(world, gateway, listener.text("name")) {
                let port = listener.integer("port").unwrap_or_default();
                findings
                    .at(
                        &RULE,
                        gateway,
                        listener.get("protocol").unwrap_or(listener),
                        format!("the port {port} serves clear text, and not every route of it redirects to HTTPS"),
                    )
                    .hint("Add a listener for HTTPS, and let the routes of this one redirect to it.");
            }
        }
    }
}

/// Whether there are routes for a listener alone, and all of them only redirect.
fn redirects(world: &World, gateway: mesh::Resource<'_>, listener: &str) -> bool {
    let mut some = false;
    for route in world.of(kind::HTTP_ROUTE) {
        let attached = route.list(&["spec", "parentRefs"]).any(|parent| {
            let namespace =
                if parent.text("namespace").is_empty() { route.namespace() } else { parent.text("namespace") };
            let section = parent.text("sectionName");
            parent.text("name") == gateway.name()
                && namespace == gateway.namespace()
                && (section.is_empty() || section == listener)
        });
        if !attached {
            continue;
        }
        some = true;
        let mut rules = route.list(&["spec", "rules"]);
        let all = rules.all(|rule| {
            rule.list("filters")
                .any(|filter| filter.get("requestRedirect").is_some_and(|redirect| redirect.text("scheme") == "https"))
        });
        if !all {
            return false;
        }
    }
    some
}
