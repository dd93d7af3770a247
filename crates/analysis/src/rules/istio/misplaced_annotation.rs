//! An annotation of Istio's stands on a kind of object on which it means nothing.
//!
//! ## Why it matters
//!
//! Istio reads most annotations on pods only. On the Deployment itself, instead of on its pod template, they have no
//! effect, and nothing says so.
//!
//! ## What to do
//!
//! Move the annotation to where Istio reads it: for pods of a Deployment that is `spec.template.metadata.annotations`.

use manifest::Severity;
use mesh::Resource;

use super::annotations::{Carrier, catalogue};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0107"),
    name: "MisplacedAnnotation",
    severity: Severity::Warning,
    analyzer: Some("annotations.K8sAnalyzer"),
    source: include_str!("misplaced_annotation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for carrier in Carrier::of(resource) {
        for (name, field) in carrier.annotations() {
            let Some(annotation) = catalogue::find(name) else { continue };
            if !annotation.is_for(carrier.kind) {
                let kinds = annotation.kinds.join(", ");
                let message = format!("the annotation `{name}` means nothing on a {}, only on: {kinds}", carrier.kind);
                let finding = findings.at(&RULE, resource, field, message);
                if annotation.kinds == ["Pod"] && carrier.kind != "Namespace" && carrier.kind != "Service" {
                    finding.hint("Move it to `spec.template.metadata.annotations`.");
                }
            }
        }
    }
}
