//! YAML as Kubernetes' own tools read and write it.
//!
//! `libyaml-safer` turns text into events (its scanner is libyaml's, as go-yaml's is); everything after that is ours,
//! because no YAML crate decides what a scalar, a key or a merge means the way Go does. Two profiles exist, since
//! kubectl and kustomize do not agree: see [`Profile`].
//!
//! Input is hostile: size, depth and the number of values after alias expansion are bounded by [`Limits`].

mod as_written;
mod construct;
mod disguise;
mod go_error;
mod input;
mod key_order;
mod manifests;
mod node;
mod number;
mod problem;
mod resolve;
mod rewrite;
mod scalar_style;
mod spelling;
mod timestamp;
mod write;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use crate::{Diagnostic, Location};

pub use as_written::{AsWritten, Place, as_written};
pub use go_error::go_error;
pub use key_order::sorted as natural_order;
pub use manifests::{Salvage, read_manifests, salvage_manifests};
pub use rewrite::rewrite;
pub use spelling::{ScalarType, Spelling, plain};
pub use write::{write, write_documents, write_in_byte_order};

/// Whose reading of YAML applies.
///
/// | | [`Profile::Kubectl`] | [`Profile::Kustomize`] |
/// |---|---|---|
/// | `on`, `yes`, `y` | booleans, as keys too | strings |
/// | a key twice | the last one wins | an error |
/// | `1: a` | key `"1"` | an error |
/// | `<<` | overrides keys written before it | written keys win |
/// | `2001-12-14` | a string | the string `2001-12-14T00:00:00Z` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// `sigs.k8s.io/yaml` over `yaml.v2`: kubectl, the API server, controllers, Flux's substitution.
    Kubectl,
    /// `yaml.v3`: kustomize.
    Kustomize,
}

/// What one YAML stream may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Mappings and sequences inside each other, after alias expansion.
    pub max_depth: usize,
    /// Values of all documents together, after alias expansion.
    pub max_nodes: usize,
}

impl Default for Limits {
    /// 10 MiB, 200 levels, one million values: room for the largest bundles of CRDs in use, several times over.
    fn default() -> Limits {
        Limits { max_bytes: 10 << 20, max_depth: 200, max_nodes: 1_000_000 }
    }
}

/// One document of a YAML stream, as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The document as JSON; `null` if it is empty.
    pub value: Value,
    /// Where its content starts.
    pub location: Location,
    /// Line and column, from 1, of every value of the document by JSON pointer: of the key for members of a mapping,
    /// of the value for items of a sequence.
    pub fields: Arc<BTreeMap<String, (u32, u32)>>,
    /// How its scalars are written; known for [`Profile::Kustomize`] only, where it matters.
    pub spelling: Spelling,
}

/// Every document of a stream, empty ones as `null`; comments alone are no document.
///
/// # Errors
///
/// The first thing that is wrong, at its line and column of `file`.
pub fn read_documents(
    bytes: &[u8],
    file: &str,
    profile: Profile,
    limits: &Limits,
) -> Result<Vec<Document>, Diagnostic> {
    let (documents, problems) = read_all(bytes, file, profile, limits);
    problems.into_iter().next().map_or(Ok(documents), Err)
}

/// The value of a text that holds one document, such as a patch written inside a string; `null` if it is empty.
///
/// # Errors
///
/// The first thing that is wrong, at its line and column of `text`, or that it holds several documents.
pub fn read_value(text: &str, file: &str, profile: Profile, limits: &Limits) -> Result<Value, Diagnostic> {
    let mut documents = read_documents(text.as_bytes(), file, profile, limits)?.into_iter();
    let first = documents.next().map_or(Value::Null, |document| document.value);
    match documents.next() {
        None => Ok(first),
        Some(second) => Err(Diagnostic::error("one YAML document is expected here, and a second one follows")
            .at(second.location)
            .with_hint("Remove the `---` and what follows it.")),
    }
}

/// A float as Go prints it: `1e+06`, `0.5`.
pub fn float_text(float: f64) -> String {
    number::format_float(float)
}

/// The number of JSON that Go writes for a float; `None` if it is not finite.
pub(crate) fn json_number(float: f64) -> Option<serde_json::Number> {
    number::float(float)
}

/// Every readable document and everything that is wrong with the others.
fn read_all(bytes: &[u8], file: &str, profile: Profile, limits: &Limits) -> (Vec<Document>, Vec<Diagnostic>) {
    let file: Arc<str> = file.into();
    let input = match input::decode(bytes, &file, limits) {
        Ok(input) => input,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut documents = Vec::new();
    let mut budget = construct::Budget::new(limits);
    let mut problems = node::compose(&input, &file, limits, &mut |tree| {
        match construct::construct(&tree, &file, profile, &mut budget) {
            Ok(document) => documents.push(document),
            Err(found) if budget.is_exhausted() => return ControlFlow::Break(found),
            Err(found) => return ControlFlow::Continue(found),
        }
        ControlFlow::Continue(Vec::new())
    });
    problems.sort_by(|left, right| left.location.cmp(&right.location));
    (documents, problems)
}

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
mod tests;
