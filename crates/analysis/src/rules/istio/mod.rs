//! What `istioctl analyze` looks for, under its codes, all of it without a cluster.

mod namespace_multiple_injection_labels;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[&namespace_multiple_injection_labels::RULE];
