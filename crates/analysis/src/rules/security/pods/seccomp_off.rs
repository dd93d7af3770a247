//! The filter of system calls is switched off for a container.
//!
//! ## Why it matters
//!
//! Most ways out of a container begin with a system call that no application needs. The baseline profile of Kubernetes does not
//! allow to switch the filter off.
//!
//! ## What to do
//!
//! Write `seccompProfile.type: RuntimeDefault`.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0209"),
    name: "SeccompOff",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("seccomp_off.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for field in pods.contexts(&["seccompProfile", "type"]).filter(|field| field.as_str() == Some("Unconfined")) {
        findings
            .at(&RULE, resource, field, "system calls are not filtered")
            .hint("Write `seccompProfile.type: RuntimeDefault`.");
    }
}
