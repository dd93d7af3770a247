//! The rules, by the project whose configuration they look at.

pub mod istio;

use crate::Rule;

/// Every rule, by code.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = istio::RULES.to_vec();
    rules.sort_by_key(|rule| rule.code);
    rules
}
