//! Two Servers are for the same port of the same pods.
//!
//! ## Why it matters
//!
//! Linkerd takes one of them and says nothing; which one is not defined. What the other one's authorizations allow or forbid
//! does not happen.
//!
//! ## What to do
//!
//! Make one Server of the two, or let their selectors exclude each other.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Severity};
use mesh::{Resource, World, kind};

use super::ports::{number, selected};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0105"),
    name: "ServersOverlap",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("servers_overlap.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut by_port: BTreeMap<(&ObjectId, u16), Resource<'_>> = BTreeMap::new();
    let mut told: BTreeSet<(&ObjectId, &ObjectId)> = BTreeSet::new();
    for server in world.of(kind::LINKERD_SERVER) {
        let Some(port) = server.at(&["spec", "port"]) else { continue };
        for workload in selected(world, server) {
            let Some(number) = number(workload, port) else { continue };
            let id = workload.resource().id();
            let first = *by_port.entry((id, number)).or_insert(server);
            if first != server && told.insert((first.id(), server.id())) {
                findings
                    .at(&RULE, server, port, format!("`{}` is for the port {number} of `{id}` too", first.id()))
                    .hint("Make one Server of the two.")
                    .see(first.location(), "the other Server is here")
                    .see(workload.resource().location(), "both select this workload");
            }
        }
    }
}
