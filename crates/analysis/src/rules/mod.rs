//! The rules, by the project whose configuration they look at.

pub mod flagger;
pub mod gateway_api;
pub mod istio;
pub mod kiali;
pub mod linkerd;
pub mod repository;
pub mod security;
pub mod source;
pub mod traffic;

use std::sync::LazyLock;

use crate::Rule;

/// Every rule, by code.
pub fn all() -> impl ExactSizeIterator<Item = &'static Rule> + Clone {
    ALL.iter().copied()
}

static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let mut rules: Vec<&'static Rule> = [
        flagger::RULES,
        gateway_api::RULES,
        istio::RULES,
        kiali::RULES,
        linkerd::RULES,
        repository::RULES,
        security::RULES,
        security::POD_RULES,
        source::RULES,
        traffic::RULES,
    ]
    .concat();
    rules.sort_by_key(|rule| rule.code);
    rules
});

/// The documentation of a code, as Markdown: what each of its rules looks for.
pub fn page(rules: &[&Rule]) -> String {
    let Some(first) = rules.first() else { return String::new() };
    let mut page = format!("# {} {}\n\nSeverity: {:?}\n", first.code, first.name, first.severity);
    for rule in rules {
        page.push('\n');
        page.push_str(&rule.documentation());
        page.push('\n');
    }
    page
}
