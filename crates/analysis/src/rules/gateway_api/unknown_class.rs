//! A Gateway is of a class that nobody declares.
//!
//! ## Why it matters
//!
//! No controller feels responsible: the Gateway gets no address, and waits for ever without an error.
//!
//! ## What to do
//!
//! Correct `gatewayClassName`, or declare the GatewayClass. Classes that controllers make themselves, such as `istio`, are
//! known.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0107"),
    name: "UnknownClass",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("unknown_class.rs"),
    check: Check::World(check),
};

/// The classes that controllers make when they start.
const MADE: [&str; 8] =
    ["cilium", "eg", "istio", "istio-east-west", "istio-remote", "istio-waypoint", "nginx", "traefik"];

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for gateway in world.of(kind::GATEWAY) {
        let Some(class) = gateway.at(&["spec", "gatewayClassName"]) else { continue };
        let name = class.as_str().unwrap_or_default();
        let made = MADE.contains(&name) || name.starts_with("gke-l7-");
        // Where no class is declared, controllers bring theirs.
        let classes = world.of(kind::GATEWAY_CLASS).len() > 0;
        if !made && classes && known.everything() && world.find(kind::GATEWAY_CLASS, "", name).is_none() {
            findings
                .at(&RULE, gateway, class, format!("there is no GatewayClass `{name}`"))
                .hint("Correct `gatewayClassName`, or declare the GatewayClass.");
        }
    }
}
