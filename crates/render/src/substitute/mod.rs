//! Flux's post-build substitution: `${variable}` in rendered objects.
//!
//! The grammar is that of `fluxcd/pkg/envsubst`, bash's parameter expansion as its code (not its documentation) has it:
//! see [`expand`]. Objects are substituted as text: each is written as YAML, expanded and read again, so that
//! `replicas: ${n}` becomes a number.

mod error;
mod evaluate;
mod glob;
mod grammar;
mod objects;

use std::collections::BTreeMap;

pub use error::{Position, SubstituteError};
pub use objects::substitute;

/// What a variable that is not set means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// It is empty.
    Lenient,
    /// It is an error, unless the expression has a default: Flux's `StrictPostBuildSubstitutions`, which is on.
    Strict,
}

/// Whether objects are substituted at all: Flux's `spec.postBuild.substituteStrategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Only if there are variables.
    WithVariables,
    /// Also without variables, so that defaults and escapes take effect.
    Always,
}

/// Expands every expression of `text`.
///
/// | expression | value |
/// |---|---|
/// | `${v}` | the variable |
/// | `${#v}` | its length in bytes |
/// | `${v^}` `${v^^}` `${v,}` `${v,,}` | its first letter, or all, in upper or lower case |
/// | `${v:n}` `${v:n:length}` | from byte n on; negative numbers count from the end |
/// | `${v#glob}` `${v##glob}` `${v%glob}` `${v%%glob}` | without the shortest or longest match at its start or end |
/// | `${v/text/new}` `${v//text/new}` `${v/#text/new}` `${v/%text/new}` | with the first, every, a leading or a trailing text replaced |
/// | `${v:-default}` `${v:=default}` `${v=default}` | the default if it is empty or not set; defaults may hold expressions |
///
/// `$$` stands for `$`, and a `$` without a brace for itself. `${v:?text}` and `${v:+text}` act like `:-`, as in Flux.
///
/// # Errors
///
/// An expression cannot be read, or its variable is not set and `strictness` forbids that.
pub fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
    strictness: Strictness,
) -> Result<String, SubstituteError> {
    evaluate::evaluate(text, &grammar::parse(text)?, variables, strictness)
}

#[cfg(test)]
mod tests;
