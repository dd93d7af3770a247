//! A file is not YAML, or holds a document that is broken.
//!
//! ## Why it matters
//!
//! What the file was to declare is not applied, and a sync of everything beside it fails with it. Nothing can be said about
//! objects in a broken document; documents beside it are analysed.
//!
//! ## What to do
//!
//! Correct the file at the place that is named. Files that are no manifests can be kept out by a `.sourceignore`.

use manifest::Severity;

use crate::{Check, Code, Rule};

/// The rule.
pub const RULE: Rule = Rule {
    code: Code("TN0001"),
    name: "UnreadableFile",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("unreadable_file.rs"),
    check: Check::Reading,
};
