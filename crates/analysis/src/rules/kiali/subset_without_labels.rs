//! A subset of a DestinationRule has no labels.
//!
//! ## Why it matters
//!
//! It is the whole service: traffic that a VirtualService sends to this version goes to every version.
//!
//! ## What to do
//!
//! Add the labels that the pods of this version have. A subset that is there only for its traffic policy can say so by a
//! suppression.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0209"),
    name: "SubsetWithoutLabels",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("subset_without_labels.rs"),
    check: Check::Resource(check),
};

fn check(rule: Resource<'_>, findings: &mut Findings) {
    if !rule.is(kind::DESTINATION_RULE) {
        return;
    }
    for subset in rule.list(&["spec", "subsets"]) {
        let labels = subset.get("labels").is_some_and(|labels| labels.members().next().is_some());
        if !labels && subset.get("trafficPolicy").is_none() {
            let message = format!("the subset `{}` has no labels, and is the whole service", subset.text("name"));
            findings.at(&RULE, rule, subset, message).hint("Add the labels of the version's pods.");
        }
    }
}
