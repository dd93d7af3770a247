//! A container chooses its own SELinux user, role or type.
//!
//! ## Why it matters
//!
//! A type of its own can be one that is not confined at all. The baseline profile of Kubernetes allows the types for containers
//! only, and no user or role.
//!
//! ## What to do
//!
//! Remove `seLinuxOptions`, or write one of the types `container_t`, `container_init_t`, `container_kvm_t`,
//! `container_engine_t`.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0207"),
    name: "SeLinuxOptions",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("se_linux_options.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for options in pods.contexts(&["seLinuxOptions"]) {
        for (name, value) in options.members() {
            let text = value.as_str().unwrap_or_default();
            let wrong = match name {
                "user" | "role" => !text.is_empty(),
                "type" => {
                    !matches!(text, "" | "container_t" | "container_init_t" | "container_kvm_t" | "container_engine_t")
                }
                _ => false,
            };
            if wrong {
                findings
                    .at(&RULE, resource, value, format!("SELinux runs the container with the {name} `{text}`"))
                    .hint(format!("Remove `{name}`."));
            }
        }
    }
}
