//! Running rules over a world.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use manifest::Manifest;
use mesh::{Contents, Reads, World};

use crate::{Check, Finding, Findings, Rule, Suppressions};

/// What `rules` find in a world and `suppressions` do not hide, most severe first, then by code and object.
pub fn analyze<'r>(
    world: &World,
    rules: impl IntoIterator<Item = &'r Rule>,
    suppressions: &Suppressions,
) -> Vec<Finding> {
    Analysis::default().run(world, rules, suppressions)
}

/// An analysis that remembers what it found, so that the next one looks only at what changed: rules that look at single
/// objects look at those that are new, rules that look at the world look again if any object is new of the kinds that they
/// looked at.
#[derive(Debug, Default)]
pub struct Analysis {
    /// By the address of the object, which stays its own as long as the `Arc` is held here.
    known: HashMap<*const Manifest, (Arc<Manifest>, Vec<Finding>)>,
    /// Objects that others took the place of, held for their addresses too.
    replaced: Vec<Arc<Manifest>>,
    /// What the world held, of which all objects are held above.
    contents: Contents,
    /// By the address of the rule.
    of_world: HashMap<*const Rule, (Reads, Vec<Finding>)>,
}

impl Analysis {
    /// As [`analyze`]. Every call of one `Analysis` must be given the same rules and worlds of the same options.
    pub fn run<'r>(
        &mut self,
        world: &World,
        rules: impl IntoIterator<Item = &'r Rule>,
        suppressions: &Suppressions,
    ) -> Vec<Finding> {
        let contents = world.contents();
        let mut found = Vec::new();
        let mut of_resources = Vec::new();
        for rule in rules {
            match rule.check {
                Check::World(check) => found.extend_from_slice(self.of_world(world, &contents, rule, check)),
                Check::Resource(check) => of_resources.push(check),
                Check::Fleet(_) | Check::Reading => {}
            }
        }
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
        self.replaced = world.replaced().map(|replaced| replaced.manifest().clone()).collect();
        (self.known, self.contents) = (known, contents);
        found.retain(|finding| !suppressions.hide(finding, world));
        in_reading_order(&mut found);
        found
    }

    /// What a rule finds in the world, or found before if it would look at the same.
    fn of_world(
        &mut self,
        world: &World,
        contents: &Contents,
        rule: &Rule,
        check: fn(&World, &mut Findings),
    ) -> &[Finding] {
        let look = || {
            let mut findings = Findings::new();
            let ((), reads) = world.watch(|| check(world, &mut findings));
            (reads, findings.into_vec())
        };
        let (_, found) = match self.of_world.entry(std::ptr::from_ref(rule)) {
            Entry::Vacant(entry) => entry.insert(look()),
            Entry::Occupied(entry) => {
                let entry = entry.into_mut();
                if entry.0.changed(&self.contents, contents) {
                    *entry = look();
                }
                entry
            }
        };
        found
    }
}

/// The most severe first, then by code, object, place and message; what says the same twice is said once.
pub fn in_reading_order(found: &mut Vec<Finding>) {
    found.sort_by(|one, other| key(one).cmp(&key(other)));
    found.dedup();
}

fn key(finding: &Finding) -> impl Ord + '_ {
    let diagnostic = &finding.diagnostic;
    let severity = std::cmp::Reverse(diagnostic.severity);
    (severity, finding.code, &diagnostic.object, &diagnostic.location, &diagnostic.message)
}
