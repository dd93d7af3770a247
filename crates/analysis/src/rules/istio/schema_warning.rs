//! An Istio object is accepted, and says something that is deprecated, does nothing, or is hardly meant.
//!
//! ## Why it matters
//!
//! Istio takes the object and ignores a part of it, or does more than its author saw: a selector without labels is for
//! the whole namespace, a duplicate host changes nothing, a private key lies in a place where only a public one is needed.
//!
//! ## What to do
//!
//! Write what is meant, or remove what does nothing.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{self, Subject};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0133"),
    name: "SchemaWarning",
    severity: Severity::Warning,
    analyzer: Some("schema.ValidationAnalyzer"),
    source: include_str!("schema_warning.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let subject = Subject::from(resource);
    if !subject.group().ends_with(".istio.io") {
        return;
    }
    for problem in validation::warnings(subject) {
        findings.at(&RULE, resource, problem.field, problem.message);
    }
}
