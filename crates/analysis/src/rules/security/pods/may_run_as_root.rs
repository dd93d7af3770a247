//! A container may run as root.
//!
//! ## Why it matters
//!
//! Unless `runAsNonRoot` says otherwise, the image decides, and most images decide for root: whoever breaks in may write
//! everywhere in the container, and is root on the node if he gets out. The restricted profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Write `securityContext.runAsNonRoot: true` in the pod's `spec`, with `runAsUser` if the image does not name a user by number.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0223"),
    name: "MayRunAsRoot",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("may_run_as_root.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let finding = pods.report(&RULE, findings, "containers do not say `runAsNonRoot: true`", |container| {
        pods.context(container, &["runAsNonRoot"]).is_none_or(|flag| flag.value().as_bool() != Some(true))
    });
    if let Some(finding) = finding {
        finding.hint("Write `runAsNonRoot: true` in the pod's `securityContext`.");
    }
}
