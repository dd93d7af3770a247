//! A container may get more rights than it starts with.
//!
//! ## Why it matters
//!
//! A program with the setuid bit makes root of whoever broke in as somebody else. The restricted profile of Kubernetes asks to
//! rule that out; by default it is allowed.
//!
//! ## What to do
//!
//! Write `securityContext.allowPrivilegeEscalation: false` in the container.

use manifest::Severity;
use mesh::{Field, Resource};

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0222"),
    name: "PrivilegeEscalation",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("privilege_escalation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let allowed = |container: Field<'_>| {
        let flag = container.at(&["securityContext", "allowPrivilegeEscalation"]);
        flag.is_none_or(|flag| flag.value().as_bool() != Some(false))
    };
    let finding = pods.report(&RULE, findings, "containers may get more rights than at the start", allowed);
    if let Some(finding) = finding {
        finding.hint("Write `allowPrivilegeEscalation: false` in the container's `securityContext`.");
    }
}
