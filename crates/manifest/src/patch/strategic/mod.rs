//! Strategic merge patch, in the dialect of the API server and in kustomize's.

mod kubernetes;
mod kustomize;
mod order;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::topology::Topology;

/// Whose rules a patch follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The API server's and kubectl's: `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`; the
    /// patch orders the items it names, and new ones go before the live ones that follow them.
    Kubernetes,
    /// kustomize's: only `$patch: delete|replace|merge`; new list items are prepended; a null deletes, also from added
    /// objects.
    Kustomize,
}

/// Why a strategic merge patch cannot be applied. `path` is written as in `spec.containers[name=web].image`, and is
/// `the object` for the object itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategicError {
    /// An item of a merged list cannot be told from the others.
    #[error("{path}: this list is merged by `{key}`, which this item does not have: {item}")]
    MissingMergeKey {
        /// Path of the list.
        path: String,
        /// The merge key.
        key: String,
        /// The item, as JSON.
        item: String,
    },
    /// `$patch` has a value that means nothing in this place.
    #[error("{path}: `$patch: {directive}` means nothing here: use {allowed}")]
    UnknownDirective {
        /// Path of the object that holds the directive.
        path: String,
        /// Its value.
        directive: String,
        /// The values that would mean something.
        allowed: &'static str,
    },
    /// The patch holds another kind of value than the object.
    #[error("{path}: the object has {expected} here, the patch has {found}")]
    WrongKind {
        /// Path of the value.
        path: String,
        /// What the object has: `a list`, `an object`, `a scalar`.
        expected: &'static str,
        /// What the patch has.
        found: &'static str,
    },
    /// A list to merge holds values of several kinds, or lists.
    #[error("{path}: items of a merged list must all be objects or all be scalars of one type")]
    MixedItems {
        /// Path of the list.
        path: String,
    },
    /// A list of objects is to be merged, but the type names no merge key.
    #[error("{path}: nothing is known to tell the items of this list apart by, so they cannot be merged one by one")]
    NoMergeKey {
        /// Path of the list.
        path: String,
    },
    /// A directive that takes a list has something else.
    #[error("{path}: `{directive}` must be a list")]
    DirectiveNotAList {
        /// Path of the object that holds the directive.
        path: String,
        /// The directive.
        directive: String,
    },
    /// `$retainKeys` leaves out a field that the patch sets.
    #[error("{path}: the patch sets `{field}`, which its `$retainKeys` leaves out: add it there")]
    NotRetained {
        /// Path of the object that holds the directive.
        path: String,
        /// The field.
        field: String,
    },
    /// `$setElementOrder/…` and the list it is about disagree.
    #[error("{path}: the items of `{field}` are not in the order that `$setElementOrder/{field}` lists them in")]
    OrderMismatch {
        /// Path of the object that holds the directive.
        path: String,
        /// The list.
        field: String,
    },
}

/// `target` with `patch` merged into it. `None` when the patch deletes the whole object, which only kustomize's
/// dialect does (`$patch: delete` at the top).
///
/// `topology` is [`crate::topology::builtin`] for [`Dialect::Kubernetes`]; without one, every list is replaced. For
/// [`Dialect::Kustomize`] it is what the kustomization's `openapi.path` says of the type; without one, what kustomize
/// itself knows ([`crate::topology::kustomize`]) of the target's kind counts.
pub fn apply(
    target: &Value,
    patch: &Value,
    topology: Option<&Topology>,
    dialect: Dialect,
) -> Result<Option<Value>, StrategicError> {
    match dialect {
        Dialect::Kubernetes => kubernetes::apply(target, patch, topology).map(Some),
        Dialect::Kustomize => kustomize::apply(target, patch, topology),
    }
}

/// Removes the members of maps in `target` that are null and that `blanks` names by JSON pointer, as far as a merge goes
/// through `target`. kustomize does so in a merge with nulls that are written as nothing, and leaves those alone that are
/// written as `null` or `~`.
pub fn drop_blanks<'p>(target: &mut Value, blanks: impl Iterator<Item = &'p str>, topology: Option<&Topology>) {
    kustomize::drop_blanks(target, blanks, topology);
}

/// The key of every directive about a whole object or list item.
const DIRECTIVE: &str = "$patch";

/// Where in the object a merge stands, for error messages.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: &'a str,
}

impl<'a> Place<'a> {
    const ROOT: Place<'static> = Place { parent: None, step: "" };

    fn field(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: name }
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(parent) = self.parent else { return f.write_str("the object") };
        if parent.parent.is_some() {
            parent.fmt(f)?;
            if !self.step.starts_with('[') {
                f.write_str(".")?;
            }
        }
        f.write_str(self.step)
    }
}

/// How an item is named in paths: `[name=web]`.
fn item_step(key: &str, value: &Value) -> String {
    format!("[{key}={}]", text(value))
}

/// A scalar as it is written in YAML; objects and lists as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
