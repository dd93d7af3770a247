//! What objects may hold: structural schemas, defaults, pruning and validation.
//!
//! [`admit_create`], [`admit_update`] and [`admit_status`] are the doors every object passes before it is stored. They
//! prune what the schema does not know, default what it leaves open, and report every error at once, in the API
//! server's own words.

mod addresses;
mod admit;
mod defaults;
mod given;
mod lazy;
pub(crate) mod pattern;
mod prune;
mod quantity;
mod rules;
mod structural;
mod validate;
mod written;

pub(crate) use addresses::{Held, Taken, assign_addresses};
pub use admit::{admit_create, admit_status, admit_update};
pub(crate) use given::flaws_of_default;
pub use lazy::LazySchema;
pub(crate) use prune::first_unknown;
pub use quantity::canonical as canonical_quantity;
pub(crate) use rules::names;
pub use structural::{AdditionalProperties, ListType, MapType, StructuralSchema, Type};
pub use written::WrittenSchema;

use crate::registry::FieldError;

/// What to do with fields a schema does not know: the `fieldValidation` query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them and warn.
    #[default]
    Warn,
    /// Refuse the object.
    Strict,
}

/// A sentence for the `Warning` header, such as `unknown field "spec.foo"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

/// Why an object is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Status 400, reason `BadRequest`: strict field validation met unknown fields; the sentences are those of
    /// [`Warning`]. Remove the fields or relax `fieldValidation`.
    #[error("strict decoding error: {}", .0.join(", "))]
    Strict(Vec<String>),
    /// Status 400, reason `BadRequest`: a field cannot hold its value, so that no rule ever sees it.
    #[error("{0}")]
    Undecodable(FieldError),
    /// Status 422, reason `Invalid`: every error, in the order of the schema walk. See [`invalid_message`].
    #[error("{}", join(.0))]
    Invalid(Vec<FieldError>),
}

/// The message of a 422 status: `Deployment.apps "web" is invalid: spec.replicas: …`, with several errors in brackets.
pub fn invalid_message(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> String {
    let kind = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    format!("{kind} \"{name}\" is invalid: {}", join(errors))
}

fn join(errors: &[FieldError]) -> String {
    let mut texts: Vec<String> = Vec::with_capacity(errors.len());
    for error in errors {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match texts.as_slice() {
        [single] => single.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests;
