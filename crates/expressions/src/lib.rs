//! CEL, the language of expressions about objects, as kube-apiserver and Flux have it.
//!
//! [`Expression::read`] takes a text to an expression whose parts have types: `parse` reads it, `check` finds the types.
//! What it may cost at most is told before it runs, in the steps of kube-apiserver (`cost`). A [`Program`] is the same
//! expression in the form that the interpreter understands (`runnable`), and runs in a [`Scope`] of [`Value`]s as long as
//! a [`Budget`] lasts.
//!
//! Parser, interpreter and most functions are those of `kube-cel`, which nobody outside of this crate sees.

mod budget;
mod calls;
mod check;
mod cost;
mod declared;
mod expression;
mod flaw;
mod functions;
mod library;
mod parse;
mod room;
mod runnable;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;
mod times;
mod types;
mod values;

pub use budget::{Budget, Exhausted, Size};
pub use declared::{Declared, Position};
pub use expression::{Expression, Program, Variables};
pub use flaw::Flaw;
pub use scope::{Failure, Scope, Value};
pub use types::{Object, Type};
