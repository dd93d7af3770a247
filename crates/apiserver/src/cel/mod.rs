//! The rules of definitions (`x-kubernetes-validations`), in Kubernetes' dialect of CEL.
//!
//! [`parse`] reads an expression, [`check`] finds its types and [`cost`] what it may cost, which is what kube-apiserver
//! asks before it takes a definition ([`definition`]). [`rules`] are those of a schema, ready to be evaluated ([`evaluate`])
//! on [`values`], as long as the [`budget`] lasts. Interpreter and functions are those of `kube-cel`; what an object is to
//! a rule, and which rules it is asked about, are written here after `k8s.io/apiextensions-apiserver`.

mod budget;
mod calls;
mod check;
mod cost;
mod declared;
mod definition;
mod evaluate;
mod expression;
mod functions;
mod library;
mod parse;
mod room;
mod rules;
mod runnable;
#[cfg(test)]
mod tests;
mod times;
mod types;
mod values;

pub(crate) use declared::Position;
pub(crate) use definition::{Site, Total, check as check_definition};
pub(crate) use evaluate::errors;
pub(crate) use rules::Rules;

/// The value as it was before the change.
const OLD_SELF: &str = "oldSelf";
