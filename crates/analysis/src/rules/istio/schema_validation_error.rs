//! An Istio object is refused: by the schema of its kind, or because what it says cannot be meant.
//!
//! Every field of every Istio kind is checked for its type, its limits and its name, and every rule of Istio's admission
//! webhook: hosts, ports, durations, weights, regular expressions, settings of TLS, what excludes each other and what
//! needs each other.
//!
//! ## Why it matters
//!
//! The API server or Istio's webhook refuses the object, and with it the whole change that it is part of. Where the
//! webhook does not run, istiod drops the object, and traffic goes as if it did not exist: a policy that is dropped
//! protects nothing.
//!
//! ## What to do
//!
//! Mend the value that the finding names.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{Subject, report_errors};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0106"),
    name: "SchemaValidationError",
    severity: Severity::Error,
    analyzer: Some("schema.ValidationAnalyzer"),
    source: include_str!("schema_validation_error.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let subject = Subject::from(resource);
    if subject.group().ends_with(".istio.io") {
        report_errors(&RULE, resource, subject, findings);
    }
}
