//! A container does not say how its system calls are filtered.
//!
//! ## Why it matters
//!
//! Unless the kubelet was told otherwise, there is no filter then, and most ways out of a container begin with a system call
//! that no application needs. The restricted profile of Kubernetes asks for one.
//!
//! ## What to do
//!
//! Write `securityContext.seccompProfile.type: RuntimeDefault` in the pod's `spec`.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0225"),
    name: "SeccompUnset",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("seccomp_unset.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let finding = pods.report(&RULE, findings, "containers do not say how system calls are filtered", |container| {
        pods.context(container, &["seccompProfile", "type"]).is_none()
    });
    if let Some(finding) = finding {
        finding.hint("Write `seccompProfile.type: RuntimeDefault` in the pod's `securityContext`.");
    }
}
