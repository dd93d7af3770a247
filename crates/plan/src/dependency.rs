//! `spec.dependsOn`: which Kustomizations must be ready first, whether they are, and cycles among them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::expression::{Expression, ExpressionError};
use crate::labels::Owner;

/// A chain of Kustomizations that wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dependency cycle: {}; remove one of these dependsOn entries", path.iter().map(Owner::to_string).collect::<Vec<_>>().join(" -> "))]
pub struct Cycle {
    /// The whole way round; first and last are the same.
    pub path: Vec<Owner>,
}

/// Every cycle among Kustomizations, each once, starting at its smallest member. `graph` maps each Kustomization to the
/// ones it depends on.
pub fn cycles(graph: &BTreeMap<Owner, Vec<Owner>>) -> Vec<Cycle> {
    let _ = graph;
    unimplemented!()
}

/// One entry of `spec.dependsOn`.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The Kustomization to wait for.
    pub name: Owner,
    /// Its `readyExpr`, which replaces the built-in rule.
    pub ready: Option<Expression>,
}

impl Dependency {
    /// Reads `spec.dependsOn` of a Kustomization in `namespace`, reporting every `readyExpr` that does not compile.
    pub fn read(entries: &Value, namespace: &str) -> Result<Vec<Dependency>, Vec<ExpressionError>> {
        let _ = (entries, namespace);
        unimplemented!()
    }
}

/// Why a Kustomization has to wait for another, in Flux's words.
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

/// Whether `dependency` is ready. `this` and `other` are the two Kustomizations as the API serves them (`other`: none if
/// it does not exist); `revision` is what `this` is about to apply.
pub fn ready(this: &Value, dependency: &Dependency, other: Option<&Value>, revision: &str) -> Result<(), Waiting> {
    let _ = (this, dependency, other, revision);
    unimplemented!()
}
