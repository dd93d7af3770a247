//! What is wrong with objects of the Gateway API, whichever implementation reads them.

mod invalid_object;
mod unreadable_expression;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[&invalid_object::RULE, &unreadable_expression::RULE];
