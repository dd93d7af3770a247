//! No host of a route is one of its Gateway's.
//!
//! ## Why it matters
//!
//! A listener passes on requests for its own `hostname` only. The hosts of the route never arrive: requests for them end in 404.
//!
//! ## What to do
//!
//! Write hosts that the listener means, or widen its `hostname`. `*.example.com` does not mean `example.com` itself.

use manifest::Severity;
use mesh::World;

use super::references::{gateway, listeners, meet, routes};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0103"),
    name: "HostnameNeverMatches",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("hostname_never_matches.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for route in routes(world) {
        let hosts: Vec<_> = route.list(&["spec", "hostnames"]).collect();
        if hosts.is_empty() {
            continue;
        }
        let parents: Vec<_> = route.list(&["spec", "parentRefs"]).collect();
        let mut listening: Vec<&str> = Vec::new();
        for parent in &parents {
            match gateway(world, route, *parent) {
                Some(gateway) => {
                    listening.extend(listeners(gateway, *parent).map(|listener| listener.text("hostname")))
                }
                // Another parent may take the rest.
                None => listening.push(""),
            }
        }
        if parents.is_empty() || listening.is_empty() {
            continue;
        }
        for host in hosts {
            let text = host.as_str().unwrap_or_default();
            if !listening.iter().any(|hostname| meet(hostname, text)) {
                let hostnames: Vec<String> = listening.iter().map(|hostname| format!("`{hostname}`")).collect();
                findings
                    .at(
                        &RULE,
                        route,
                        host,
                        format!("requests for `{text}` do not arrive: the listeners are for {}", hostnames.join(", ")),
                    )
                    .hint("Write a host that a listener means, or widen the listener's `hostname`.");
            }
        }
    }
}
