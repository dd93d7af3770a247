//! The rules of definitions (`x-kubernetes-validations`), in Kubernetes' dialect of CEL.
//!
//! [`definition`] is what kube-apiserver asks before it takes a definition: whether its rules make sense, and what they may
//! cost. [`rules`] are those of a schema, ready to be evaluated ([`evaluate`]). The language itself is the crate
//! `expressions`; what an object is to a rule, and which rules it is asked about, are written here after
//! `k8s.io/apiextensions-apiserver`.

mod definition;
mod evaluate;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use definition::{Site, Total, check as check_definition};
pub(crate) use evaluate::errors;
use expressions::{Declared, Expression, Flaw, Type, Variables};
pub(crate) use rules::Rules;

/// The value that a rule is about.
const SELF: &str = "self";

/// The value as it was before the change.
const OLD_SELF: &str = "oldSelf";

/// Whether a rule is asked where there is no value from before (`optionalOldSelf`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OldSelf {
    /// It is not, and `oldSelf` is a value.
    Required,
    /// It is, and `oldSelf` is an optional value.
    Optional,
}

/// Reads an expression of a rule about what is declared.
fn read(text: &str, declared: &Arc<Declared>, old_self: OldSelf) -> Result<Expression, Flaw> {
    let own = declared.ty();
    let before = match old_self {
        OldSelf::Required => own.clone(),
        OldSelf::Optional => Type::optional(own.clone()),
    };
    Expression::read(text, Variables::Declared(&[(SELF, own), (OLD_SELF, before)]))
}
