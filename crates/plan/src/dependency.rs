//! `spec.dependsOn`: which Kustomizations must be ready first, whether they are, and cycles among them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::expression::{Expression, ExpressionError, Names};
use crate::labels::{Applier, Owner};

/// A chain of Kustomizations that wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dependency cycle: {}; remove one of these dependsOn entries", path.iter().map(Owner::to_string).collect::<Vec<_>>().join(" -> "))]
pub struct Cycle {
    /// The whole way round; first and last are the same.
    pub path: Vec<Owner>,
}

/// The shortest cycle that `own` is on, as all of its members tell it: from its smallest one. None if `own` does not wait
/// for itself. `graph` maps each Kustomization to the ones it depends on; names that are no key depend on nothing.
pub fn cycle_through(graph: &BTreeMap<Owner, Vec<Owner>>, own: &Owner) -> Option<Cycle> {
    let mut members = way_back(graph, own)?;
    members.pop();
    let smallest = members.iter().enumerate().min_by_key(|(_, member)| **member).map_or(0, |(index, _)| index);
    members.rotate_left(smallest);
    members.extend(members.first().copied());
    Some(Cycle { path: members.into_iter().cloned().collect() })
}

/// The shortest way from `start` along dependencies back to it, both ends included.
fn way_back<'g>(graph: &'g BTreeMap<Owner, Vec<Owner>>, start: &'g Owner) -> Option<Vec<&'g Owner>> {
    let mut came_from: BTreeMap<&Owner, &Owner> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(name) = queue.pop_front() {
        for next in graph.get(name).into_iter().flatten() {
            if next == start {
                let mut path = vec![start, name];
                while let Some(before) = path.last().filter(|last| **last != start).and_then(|last| came_from.get(last))
                {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, name);
                queue.push_back(next);
            }
        }
    }
    None
}

/// In which order to apply objects of one kind, as indices: those of a wave depend only on those of the waves before it,
/// or on none of these. With objects that depend on each other in a circle the last wave ends it.
///
/// Whoever is applied later is heard of later: one that waits for others then knows that they have changed as well, and
/// does not go ahead because they were ready before.
pub fn waves(applier: Applier, objects: &[&Value]) -> Vec<Vec<usize>> {
    let names: Vec<Owner> = objects.iter().map(|object| named(applier, &object["metadata"], "")).collect();
    let needs = |(object, own): (&&Value, &Owner)| -> BTreeSet<Owner> {
        let entries = object["spec"]["dependsOn"].as_array().into_iter().flatten();
        entries.map(|entry| named(applier, entry, &own.namespace)).collect()
    };
    let needs: Vec<BTreeSet<Owner>> = objects.iter().zip(&names).map(needs).collect();
    let mut left: Vec<usize> = (0..objects.len()).collect();
    let mut waves = Vec::new();
    while !left.is_empty() {
        let open: BTreeSet<&Owner> = left.iter().map(|index| &names[*index]).collect();
        let is_free = |index: &usize| needs[*index].iter().all(|need| !open.contains(need));
        let (free, waiting): (Vec<usize>, Vec<usize>) = left.iter().partition(|index| is_free(index));
        if free.is_empty() {
            waves.push(waiting);
            break;
        }
        waves.push(free);
        left = waiting;
    }
    waves
}

/// The object that `metadata`, or an entry of `dependsOn`, names.
fn named(applier: Applier, reference: &Value, namespace: &str) -> Owner {
    let text = |field: &str| reference[field].as_str().filter(|text| !text.is_empty());
    Owner::new(applier, text("namespace").unwrap_or(namespace), text("name").unwrap_or_default())
}

/// One entry of `spec.dependsOn`.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// What to wait for.
    pub name: Owner,
    /// Its `readyExpr`, which replaces the built-in rule.
    pub ready: Option<Expression>,
}

impl Dependency {
    /// Reads `spec.dependsOn` of an object in `namespace`, which waits for others of its kind, reporting every `readyExpr`
    /// that does not compile.
    pub fn read(applier: Applier, entries: &Value, namespace: &str) -> Result<Vec<Dependency>, Vec<ExpressionError>> {
        let mut errors = Vec::new();
        let mut dependencies = Vec::new();
        for entry in entries.as_array().into_iter().flatten() {
            let text = |field: &str| entry[field].as_str().filter(|text| !text.is_empty());
            let name = named(applier, entry, namespace);
            let names = Names::Objects(&["self", "dep"]);
            match text("readyExpr").map(|source| Expression::compile(source, names)).transpose() {
                Ok(ready) => dependencies.push(Dependency { name, ready }),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(dependencies) } else { Err(errors) }
    }
}

/// Why a Kustomization or HelmRelease has to wait for another, in Flux's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Waiting {
    /// The dependency does not exist.
    #[error("dependency '{name}' not found")]
    NotFound {
        /// The dependency.
        name: Owner,
    },
    /// It has not reconciled its latest spec.
    #[error("dependency '{name}' is not ready: generation {generation} is not reconciled yet (observed {observed})")]
    NotObserved {
        /// The dependency.
        name: Owner,
        /// `metadata.generation`.
        generation: i64,
        /// `status.observedGeneration`.
        observed: i64,
    },
    /// Its Ready condition is not true.
    #[error("dependency '{name}' is not ready{}{message}", if message.is_empty() { "" } else { ": " })]
    NotReady {
        /// The dependency.
        name: Owner,
        /// The message of its Ready condition; empty if it has none.
        message: String,
    },
    /// It shares our source and has not applied the revision that we are about to apply.
    #[error("dependency '{name}' revision is not up to date: it applied {}, and {wanted} is next", if applied.is_empty() { "nothing yet" } else { applied })]
    RevisionBehind {
        /// The dependency.
        name: Owner,
        /// The revision we are about to apply.
        wanted: String,
        /// The revision it applied last; empty if none.
        applied: String,
    },
    /// Its `readyExpr` is false.
    #[error("dependency '{name}' is not ready according to readyExpr eval")]
    ExpressionFalse {
        /// The dependency.
        name: Owner,
    },
    /// Its `readyExpr` cannot be evaluated.
    #[error("failed to evaluate dependency {name}: {error}")]
    Expression {
        /// The dependency.
        name: Owner,
        /// Why.
        #[source]
        error: ExpressionError,
    },
}

/// Whether `dependency` is ready. `this` and `other` are the two objects as the API serves them (`other`: none if it does
/// not exist); `revision` is what `this` is about to apply, where those that share its source must have applied it before.
/// HelmReleases have no such rule.
pub fn ready(
    this: &Value,
    dependency: &Dependency,
    other: Option<&Value>,
    revision: Option<&str>,
) -> Result<(), Waiting> {
    let name = dependency.name.clone();
    let Some(other) = other else { return Err(Waiting::NotFound { name }) };
    if let Some(expression) = &dependency.ready {
        return match expression.evaluate(&[("self", this), ("dep", other)]) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Waiting::ExpressionFalse { name }),
            Err(error) => Err(Waiting::Expression { name, error }),
        };
    }
    let generation = other["metadata"]["generation"].as_i64().unwrap_or_default();
    let observed = other["status"]["observedGeneration"].as_i64().unwrap_or_default();
    let conditions = other["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    let condition = conditions.iter().find(|condition| condition["type"] == "Ready");
    if condition.is_none_or(|condition| condition["status"] != "True") {
        let message = condition.and_then(|condition| condition["message"].as_str()).unwrap_or_default().to_owned();
        return Err(Waiting::NotReady { name, message });
    }
    if generation != observed {
        return Err(Waiting::NotObserved { name, generation, observed });
    }
    let Some(revision) = revision else { return Ok(()) };
    let applied = other["status"]["lastAppliedRevision"].as_str().unwrap_or_default();
    if source_of(this) == source_of(other) && normal_revision(applied) != normal_revision(revision) {
        return Err(Waiting::RevisionBehind { name, wanted: revision.to_owned(), applied: applied.to_owned() });
    }
    Ok(())
}

/// Kind, namespace and name of the source of a Kustomization.
fn source_of(kustomization: &Value) -> (&str, &str, &str) {
    let reference = &kustomization["spec"]["sourceRef"];
    let own = kustomization["metadata"]["namespace"].as_str().unwrap_or_default();
    (
        reference["kind"].as_str().unwrap_or_default(),
        reference["namespace"].as_str().filter(|namespace| !namespace.is_empty()).unwrap_or(own),
        reference["name"].as_str().unwrap_or_default(),
    )
}

/// A revision in today's form: Flux before 0.41 wrote `main/<hash>` for what is now `main@sha1:<hash>`, and a lone hash
/// for `sha256:<hash>` (fluxcd/source-controller `TransformLegacyRevision`).
fn normal_revision(revision: &str) -> String {
    let is_hash = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if revision.contains(':') {
        return revision.to_owned();
    }
    match revision.rsplit_once('/') {
        Some((name, hash)) if is_hash(hash, 40) => format!("{name}@sha1:{hash}"),
        Some((name, hash)) if is_hash(hash, 64) => format!("{name}@sha256:{hash}"),
        None if is_hash(revision, 40) => format!("sha1:{revision}"),
        None if is_hash(revision, 64) => format!("sha256:{revision}"),
        Some(_) | None => revision.to_owned(),
    }
}
