//! An annotation has a name of Istio's but is none that Istio documents.
//!
//! ## Why it matters
//!
//! Nothing reads it, so what it was meant to switch stays as it is. Mostly it is a slip of the pen, or an annotation of
//! a release that is long gone.
//!
//! ## What to do
//!
//! Correct the name, or remove the annotation.

use manifest::Severity;
use mesh::Resource;

use super::annotations::{Carrier, catalogue};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0108"),
    name: "UnknownAnnotation",
    severity: Severity::Warning,
    analyzer: Some("annotations.K8sAnalyzer"),
    source: include_str!("unknown_annotation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for (name, annotation) in Carrier::of(resource).into_iter().flat_map(Carrier::annotations) {
        if catalogue::find(name).is_none() {
            let message = format!("Istio knows no annotation `{name}`");
            let finding = findings.at(&RULE, resource, annotation, message);
            match catalogue::nearest(name) {
                Some(meant) => finding.hint(format!("Write `{}` if that is meant.", meant.name)),
                None => finding.hint("Remove the annotation."),
            };
        }
    }
}
