//! Running rules over a world.

use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use manifest::Manifest;
use mesh::{Reads, World};

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
/// objects look at those that are new, and others look again where what they looked at is not the same.
#[derive(Debug, Default)]
pub struct Analysis {
    of_objects: HashMap<Address, OfObject>,
    /// Objects that others took the place of, held for their addresses too.
    replaced: Vec<Arc<Manifest>>,
    /// By the address of the rule.
    of_world: HashMap<*const Rule, Looked>,
    /// By the address of the rule, then by namespace.
    of_namespaces: HashMap<*const Rule, HashMap<Box<str>, Looked>>,
    /// How many worlds were analysed.
    runs: u64,
}

/// An object as this one in memory: its address stays its own for as long as it is held here.
#[derive(Debug, Clone)]
struct Address(Arc<Manifest>);

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        Arc::as_ptr(&self.0).hash(hasher);
    }
}

/// What rules found in one object.
#[derive(Debug)]
struct OfObject {
    found: Vec<Finding>,
    /// The last run whose world had it.
    run: u64,
}

/// What a rule found, and what it looked at to find it. All objects that it looked at are held by their analysis, for as long
/// as they are the same.
#[derive(Debug)]
struct Looked {
    reads: Reads,
    found: Vec<Finding>,
}

impl Analysis {
    /// As [`analyze`]. Every call of one `Analysis` must be given the same rules and worlds of the same options.
    pub fn run<'r>(
        &mut self,
        world: &World,
        rules: impl IntoIterator<Item = &'r Rule>,
        suppressions: &Suppressions,
    ) -> Vec<Finding> {
        self.runs += 1;
        let mut found = Vec::new();
        let mut of_resources = Vec::new();
        let mut namespaces = None;
        for rule in rules {
            match rule.check {
                Check::World(check) => {
                    let known = self.of_world.remove(&std::ptr::from_ref(rule));
                    let looked = look_again(world, known, |findings| check(world, findings));
                    found.extend_from_slice(&looked.found);
                    self.of_world.insert(rule, looked);
                }
                Check::Namespace(check) => {
                    let of_rule = self.of_namespaces.entry(rule).or_default();
                    let mut before = std::mem::take(of_rule);
                    for namespace in namespaces.get_or_insert_with(|| self::namespaces(world)).iter().copied() {
                        let (name, known) = match before.remove_entry(namespace) {
                            Some((name, known)) => (name, Some(known)),
                            None => (namespace.into(), None),
                        };
                        let looked = look_again(world, known, |findings| check(world, namespace, findings));
                        found.extend_from_slice(&looked.found);
                        of_rule.insert(name, looked);
                    }
                }
                Check::Resource(check) => of_resources.push(check),
                Check::Fleet(_) | Check::Reading => {}
            }
        }
        for resource in world.resources() {
            let known = self.of_objects.entry(Address(resource.manifest().clone())).or_insert_with(|| {
                let mut findings = Findings::new();
                of_resources.iter().for_each(|check| check(resource, &mut findings));
                OfObject { found: findings.into_vec(), run: 0 }
            });
            known.run = self.runs;
            found.extend_from_slice(&known.found);
        }
        // Nothing of before is looked at from here on: what is gone may be forgotten.
        self.of_objects.retain(|_, known| known.run == self.runs);
        self.replaced = world.replaced().map(|replaced| replaced.manifest().clone()).collect();
        found.retain(|finding| !suppressions.hide(finding, world));
        in_reading_order(&mut found);
        found
    }
}

/// Every namespace that is declared or that anything is in, and the empty one.
fn namespaces(world: &World) -> BTreeSet<&str> {
    world.coverage().namespaces().chain([""]).collect()
}

/// What is known, if all that was looked at is the same in this world; what `look` finds otherwise.
fn look_again(world: &World, known: Option<Looked>, look: impl FnOnce(&mut Findings)) -> Looked {
    known.filter(|known| known.reads.hold(world)).unwrap_or_else(|| {
        let mut findings = Findings::new();
        let ((), reads) = world.watch(|| look(&mut findings));
        Looked { reads, found: findings.into_vec() }
    })
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
