//! An annotation of Istio's has a value that Istio cannot read.
//!
//! ## Why it matters
//!
//! The injector refuses pods with such a value, so they do not start; what other components cannot read they pass over.
//!
//! ## What to do
//!
//! Write a value of the form that the message names.

use manifest::Severity;
use mesh::Resource;

use super::annotations::{Carrier, catalogue};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0125"),
    name: "InvalidAnnotation",
    severity: Severity::Warning,
    analyzer: Some("annotations.K8sAnalyzer"),
    source: include_str!("invalid_annotation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for carrier in Carrier::of(resource) {
        for (name, field) in carrier.annotations() {
            let annotation = catalogue::find(name).filter(|annotation| annotation.is_for(carrier.kind));
            let form = annotation.and_then(|annotation| annotation.form);
            if let Some(problem) = form.zip(field.as_str()).and_then(|(form, value)| form.problem(value)) {
                findings.at(&RULE, resource, field, format!("the annotation `{name}` cannot be read: {problem}"));
            }
        }
    }
}
