//! Kustomizations or HelmReleases depend on each other in a circle.
//!
//! ## Why it matters
//!
//! Each waits for the next, so none of them is ever applied, nor what depends on them.
//!
//! ## What to do
//!
//! Remove one `dependsOn` of the circle. If both sides need something of the other, move what is shared into a third one.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Severity};
use mesh::{Resource, World, kind};

use super::owners::dependencies;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0011"),
    name: "DependencyCycle",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("dependency_cycle.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut settled: BTreeSet<&ObjectId> = BTreeSet::new();
    for start in world.of(kind::KUSTOMIZATION).chain(world.of(kind::HELM_RELEASE)) {
        for circle in circles(world, start, &mut settled) {
            // The circle is told once, from its first member on, whoever was asked first.
            let first = (0..circle.len()).min_by_key(|place| circle[*place].id()).unwrap_or_default();
            let members = circle[first..].iter().chain(&circle[..first]);
            let names: Vec<String> = members.map(|member| format!("`{}`", member.id())).collect();
            let resource = circle[first];
            let message = match names.len() {
                1 => "it depends on itself".to_owned(),
                _ => format!("it depends on itself through {}", names[1..].join(", ")),
            };
            let field = resource.at(&["spec", "dependsOn"]).unwrap_or(resource.root());
            findings.at(&RULE, resource, field, message).hint("Remove one `dependsOn` of the circle.");
        }
    }
}

/// The circles that are reached from `start` through nothing that is settled already.
fn circles<'w>(world: &'w World, start: Resource<'w>, settled: &mut BTreeSet<&'w ObjectId>) -> Vec<Vec<Resource<'w>>> {
    let mut found = Vec::new();
    if settled.contains(start.id()) {
        return found;
    }
    let mut way: Vec<(Resource<'w>, Vec<Resource<'w>>)> = vec![(start, dependencies(world, start).collect())];
    let mut places: BTreeMap<&ObjectId, usize> = BTreeMap::from([(start.id(), 0)]);
    while let Some((at, rest)) = way.last_mut() {
        match rest.pop() {
            Some(next) => match places.get(next.id()) {
                Some(place) => found.push(way[*place..].iter().map(|(member, _)| *member).collect()),
                None if settled.contains(next.id()) => {}
                None => {
                    places.insert(next.id(), way.len());
                    way.push((next, dependencies(world, next).collect()));
                }
            },
            None => {
                settled.insert(at.id());
                places.remove(at.id());
                way.pop();
            }
        }
    }
    found
}
