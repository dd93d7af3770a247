//! Running rules over a world.

use std::collections::HashMap;
use std::sync::Arc;

use manifest::Manifest;
use mesh::World;

use crate::{Check, Finding, Findings, Rule, Suppressions};

/// What `rules` find in a world and `suppressions` do not hide, most severe first, then by code and object.
pub fn analyze<'r>(
    world: &World,
    rules: impl IntoIterator<Item = &'r Rule>,
    suppressions: &Suppressions,
) -> Vec<Finding> {
    Analysis::default().run(world, rules, suppressions)
}

/// An analysis that remembers what it found in single objects, so that the next one looks only at those that changed.
#[derive(Debug, Default)]
pub struct Analysis {
    /// By the address of the object, which stays its own as long as the `Arc` is held here.
    known: HashMap<*const Manifest, (Arc<Manifest>, Vec<Finding>)>,
}

impl Analysis {
    /// As [`analyze`]. Every call of one `Analysis` must be given the same rules and worlds of the same options.
    pub fn run<'r>(
        &mut self,
        world: &World,
        rules: impl IntoIterator<Item = &'r Rule>,
        suppressions: &Suppressions,
    ) -> Vec<Finding> {
        let mut findings = Findings::new();
        let mut of_resources = Vec::new();
        for rule in rules {
            match rule.check {
                Check::World(check) => check(world, &mut findings),
                Check::Resource(check) => of_resources.push(check),
                Check::Fleet(_) | Check::Reading => {}
            }
        }
        let mut found = findings.into_vec();
        let mut known = HashMap::with_capacity(self.known.len());
        for resource in world.resources() {
            let manifest = resource.manifest();
            let key = Arc::as_ptr(manifest);
            let entry = self.known.remove(&key).unwrap_or_else(|| {
                let mut findings = Findings::new();
                of_resources.iter().for_each(|check| check(resource, &mut findings));
                (manifest.clone(), findings.into_vec())
            });
            found.extend(entry.1.iter().cloned());
            known.insert(key, entry);
        }
        self.known = known;
        found.retain(|finding| !suppressions.hide(finding, world));
        in_reading_order(&mut found);
        found
    }
}

/// The most severe first, then by code, object, place and message; what says the same twice is said once.
pub fn in_reading_order(found: &mut Vec<Finding>) {
    let key = |finding: &Finding| {
        let diagnostic = &finding.diagnostic;
        let severity = std::cmp::Reverse(diagnostic.severity);
        (severity, finding.code, diagnostic.object.clone(), diagnostic.location.clone(), diagnostic.message.clone())
    };
    found.sort_by_cached_key(key);
    found.dedup();
}
