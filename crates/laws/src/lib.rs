//! What must hold for every input, however broken: nothing panics, and the laws of each parser and merge.
//!
//! A [`Law`] is checked in two ways: by this crate's tests, on its seeds and on random changes of them, and by the fuzz
//! targets in `fuzz/`, which start from the same seeds. A law panics when it does not hold.

use std::str;

pub mod cel;
pub mod chart;
pub mod identity;
pub mod kustomize;
pub mod ownership;
pub mod patch;
#[cfg(feature = "source")]
pub mod source;
pub mod substitute;
pub mod template;
pub mod version;
pub mod yaml;

/// One law and inputs to start from.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// Name of the fuzz target.
    pub name: &'static str,
    /// Panics if the law does not hold for these bytes.
    pub check: fn(&[u8]),
    /// Inputs that reach deep into the code.
    pub seeds: &'static [&'static str],
}

/// Every law.
pub fn all() -> Vec<Law> {
    [
        yaml::READ,
        yaml::ROUND_TRIP,
        patch::JSON6902,
        patch::MERGE,
        patch::STRATEGIC,
        ownership::FIELDS_V1,
        ownership::APPLY,
        substitute::EXPAND,
        kustomize::BUILD,
        template::RENDER,
        chart::ARCHIVE,
        cel::EXPRESSION,
        identity::OBJECT_ID,
        identity::DURATION,
        version::SEMVER_RANGE,
        #[cfg(feature = "source")]
        source::IGNORE,
        #[cfg(feature = "source")]
        source::HELM_INDEX,
        #[cfg(feature = "source")]
        source::MIRROR,
    ]
    .to_vec()
}

/// The input as text, if it is text.
fn text(input: &[u8]) -> Option<&str> {
    str::from_utf8(input).ok()
}

/// The first two documents of the input, as a target and a patch for it.
fn two_values(input: &[u8]) -> Option<(manifest::Value, manifest::Value)> {
    let limits = manifest::yaml::Limits { max_bytes: 64 << 10, max_depth: 60, max_nodes: 5_000 };
    let documents = manifest::yaml::read_documents(input, "input", manifest::yaml::Profile::Kubectl, &limits).ok()?;
    let mut values = documents.into_iter().map(|document| document.value);
    values.next().zip(values.next())
}
