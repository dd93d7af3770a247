//! ServiceEntries declare one port of one host with different protocols, and a namespace sees both.
//!
//! ## Why it matters
//!
//! Which protocol the proxy speaks depends on which of them is older.
//!
//! ## What to do
//!
//! Use one protocol for the port, or export the ServiceEntries to different namespaces.

use manifest::Severity;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use mesh::{Field, Resource, World, kind};

use super::export_scopes;
use super::selection::{listing, name};
use crate::{Check, Code, Findings, Rule};

/// One port of one host, as a namespace or everybody sees it.
type Place<'w> = (&'w str, &'w str, i64);

/// What declares such a port, with its protocol.
type Claim<'w> = (Resource<'w>, Field<'w>, String);

pub(super) const RULE: Rule = Rule {
    code: Code("IST0177"),
    name: "ConflictingServiceEntryProtocol",
    severity: Severity::Warning,
    analyzer: Some("serviceentry.ConflictingServiceEntryProtocolAnalyzer"),
    source: include_str!("service_entry_protocol_conflict.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut claims: HashMap<Place<'_>, Vec<Claim<'_>>> = HashMap::new();
    for entry in world.of(kind::SERVICE_ENTRY) {
        let Some(spec) = entry.spec() else { continue };
        for scope in export_scopes::of(entry) {
            for (host, port) in spec.texts("hosts").flat_map(|host| spec.list("ports").map(move |port| (host, port))) {
                let place = (scope, host, port.integer("number").unwrap_or_default());
                claims.entry(place).or_default().push((entry, port, port.text("protocol").to_uppercase()));
            }
        }
    }
    // Every entry is told once, of the first place that it is in conflict about.
    let mut told: BTreeMap<String, (Claim<'_>, Place<'_>, String)> = BTreeMap::new();
    let sorted: BTreeSet<&Place<'_>> = claims.keys().collect();
    for place @ (scope, host, number) in sorted {
        let everywhere = if *scope == "*" { None } else { claims.get(&("*", *host, *number)) };
        let seen = || claims[place].iter().chain(everywhere.into_iter().flatten());
        let protocols: BTreeSet<&str> = seen().map(|(_, _, protocol)| protocol.as_str()).collect();
        if protocols.len() > 1 {
            let protocols = protocols.into_iter().collect::<Vec<_>>().join(" and ");
            for claim in seen() {
                told.entry(name(claim.0)).or_insert_with(|| (claim.clone(), *place, protocols.clone()));
            }
        }
    }
    for ((entry, port, _), (scope, host, number), protocols) in told.into_values() {
        let everywhere = claims.get(&("*", host, number)).into_iter().flatten();
        let rivals = claims[&(scope, host, number)].iter().chain(everywhere).filter(|(other, _, _)| *other != entry);
        let rivals: Vec<String> = rivals.map(|(other, _, _)| name(*other)).collect();
        let others = if rivals.is_empty() {
            "in itself".to_owned()
        } else {
            format!("together with {}", listing(rivals.iter().map(String::as_str)))
        };
        let message = format!("the port {number} of `{host}` is {protocols} at once, {others}");
        findings.at(&RULE, entry, port.get("protocol").unwrap_or(port), message);
    }
}
