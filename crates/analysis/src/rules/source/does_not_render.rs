//! A kustomization, a Flux Kustomization or a HelmRelease does not render.
//!
//! ## Why it matters
//!
//! Nothing that it declares is applied: a sync of this revision stops here, and the last good state stays.
//!
//! ## What to do
//!
//! Correct what is named. `tenter build` renders one Kustomization or HelmRelease alone.

use manifest::Severity;

use crate::{Check, Code, Rule};

/// The rule.
pub const RULE: Rule = Rule {
    code: Code("TN0002"),
    name: "DoesNotRender",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("does_not_render.rs"),
    check: Check::Reading,
};
