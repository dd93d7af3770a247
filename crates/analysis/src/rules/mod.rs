//! The rules, by the project whose configuration they look at.

pub mod istio;
pub mod source;

use crate::Rule;

/// Every rule, by code.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = [istio::RULES, source::RULES].concat();
    rules.sort_by_key(|rule| rule.code);
    rules
}
