//! A text of YAML with other values, written the way it was: order, quotes, brackets and comments stay.
//!
//! This is what yaml.v3 makes of a document whose nodes were changed, as kustomize's replacements do it inside of texts:
//! lines are indented anew, by two spaces and lists by none, and blank lines go.

mod comments;
mod emit;
pub(super) mod tree;

use std::sync::Arc;

use serde_json::Value;

use super::{Limits, write};

/// `value` as YAML in the way of `original`, which it was read from and changed since.
///
/// An original with several documents, anchors or tags only gives its value, written as usual.
pub fn rewrite(original: &str, value: &Value) -> String {
    let file: Arc<str> = Arc::from("");
    let Some(tree) = tree::read(original, &file, &Limits::default()) else { return write(value) };
    emit::emit(value, &tree, comments::Comments::of(original, &tree))
}
