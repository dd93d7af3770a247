//! An annotation of Istio's is deprecated.
//!
//! ## Why it matters
//!
//! It may stop to work with any release, or has stopped already.
//!
//! ## What to do
//!
//! Use what replaced it: the label `sidecar.istio.io/inject` for the annotation of the same name, the Telemetry API for
//! the annotations about statistics.

use manifest::Severity;
use mesh::Resource;

use super::annotations::{Carrier, catalogue};
use crate::{Check, Code, Findings, Rule};

/// The annotation that a label of the same name replaced. Whoever has both is on the way.
const INJECT: &str = "sidecar.istio.io/inject";

pub(super) const RULE: Rule = Rule {
    code: Code("IST0135"),
    name: "DeprecatedAnnotation",
    severity: Severity::Info,
    analyzer: Some("annotations.K8sAnalyzer"),
    source: include_str!("deprecated_annotation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    for carrier in Carrier::of(resource) {
        let has_label = carrier.metadata.at(&["labels", INJECT]).is_some();
        for (name, field) in carrier.annotations() {
            let is_deprecated = catalogue::find(name).is_some_and(catalogue::Annotation::is_deprecated);
            if is_deprecated && !(name == INJECT && has_label) {
                let message = format!("the annotation `{name}` is deprecated");
                let finding = findings.at(&RULE, resource, field, message);
                if name == INJECT {
                    finding.hint("Use the label `sidecar.istio.io/inject` instead.");
                }
            }
        }
    }
}
