//! Routes that do something else than they say.

mod delegate_ineffective;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[&delegate_ineffective::RULE];
