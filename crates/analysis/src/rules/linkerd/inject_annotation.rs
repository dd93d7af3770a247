//! `linkerd.io/inject` has a value that Linkerd does not know.
//!
//! ## Why it matters
//!
//! Linkerd refuses to inject such pods and starts them without a proxy: no encryption, no policy, no metrics, and no error.
//!
//! ## What to do
//!
//! Write `enabled`, `ingress` or `disabled`.

use manifest::Severity;
use mesh::World;

use super::annotations::carriers;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0101"),
    name: "InjectAnnotation",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("inject_annotation.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (resource, annotations) in carriers(world, namespace) {
        let Some(value) = annotations.get("linkerd.io/inject") else { continue };
        let shown = value.as_str().map_or_else(|| value.value().to_string(), str::to_owned);
        if !matches!(shown.as_str(), "" | "enabled" | "ingress" | "disabled") {
            findings
                .at(&RULE, resource, value, format!("Linkerd does not inject for `linkerd.io/inject: {shown}`"))
                .hint("Write `enabled`, `ingress` or `disabled`.");
        }
    }
}
