//! Two ServiceEntries of a namespace declare the same host and port.
//!
//! ## Why it matters
//!
//! Istio takes one for its settings and the endpoints of both, or drops one, depending on their age and resolution. If they say
//! different protocols (KIA1212 in Kiali), the port is treated as one of them, and nobody can tell which.
//!
//! ## What to do
//!
//! Make one ServiceEntry of the two.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use manifest::Severity;
use mesh::{Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1211"),
    name: "ServiceEntriesCollide",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("service_entries_collide.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str, i64), (Resource<'_>, String)> = BTreeMap::new();
    for entry in world.of(kind::SERVICE_ENTRY) {
        for host in entry.list(&["spec", "hosts"]) {
            for port in entry.list(&["spec", "ports"]) {
                let (Some(name), Some(number)) = (host.as_str(), port.integer("number")) else { continue };
                let protocol = port.text("protocol").to_ascii_uppercase();
                match seen.entry((entry.namespace(), name, number)) {
                    Entry::Vacant(place) => {
                        place.insert((entry, protocol));
                    }
                    Entry::Occupied(place) if place.get().0 != entry => {
                        let (first, other) = place.get();
                        let differs = if *other == protocol {
                            String::new()
                        } else {
                            format!(", as {other} and not as {protocol}")
                        };
                        findings
                            .at(
                                &RULE,
                                entry,
                                host,
                                format!("`{}` declares the port {number} of `{name}` too{differs}", first.id()),
                            )
                            .hint("Make one ServiceEntry of the two.")
                            .see(first.location(), "the other one is here");
                    }
                    Entry::Occupied(_) => {}
                }
            }
        }
    }
}
