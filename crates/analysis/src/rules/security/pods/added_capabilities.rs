//! A container has capabilities beyond those that containers get.
//!
//! ## Why it matters
//!
//! Capabilities such as `SYS_ADMIN` or `NET_ADMIN` are most of what root may do, and are how containers are left. The baseline
//! profile of Kubernetes allows to add only those that container runtimes give anyway.
//!
//! ## What to do
//!
//! Remove the capability, or run what needs it as an agent in a namespace of its own.

use manifest::Severity;
use mesh::{Field, Resource};

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0203"),
    name: "AddedCapabilities",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("added_capabilities.rs"),
    check: Check::Resource(check),
};

/// What the baseline profile allows to add.
pub(super) const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for capability in pods.contexts(&["capabilities", "add"]).flat_map(Field::items) {
        let name = capability.as_str().unwrap_or_default();
        if !ALLOWED.contains(&name) {
            findings
                .at(&RULE, resource, capability, format!("the container adds the capability `{name}`"))
                .hint(format!("Remove `{name}`."));
        }
    }
}
