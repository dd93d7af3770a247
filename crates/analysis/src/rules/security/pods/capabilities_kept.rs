//! A container keeps the capabilities that the runtime gives it.
//!
//! ## Why it matters
//!
//! Hardly any application needs to change owners, make devices or open raw sockets; whoever breaks in does. The restricted
//! profile of Kubernetes asks to drop all capabilities, and to add at most `NET_BIND_SERVICE`.
//!
//! ## What to do
//!
//! Write `securityContext.capabilities.drop: ["ALL"]` in the container.

use manifest::Severity;
use mesh::{Field, Resource};

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0226"),
    name: "CapabilitiesKept",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("capabilities_kept.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let finding = pods.report(&RULE, findings, "containers keep the capabilities of the runtime", |container| {
        let dropped = container.at(&["securityContext", "capabilities", "drop"]);
        !dropped.into_iter().flat_map(Field::items).any(|item| item.as_str() == Some("ALL"))
    });
    if let Some(finding) = finding {
        finding.hint("Write `capabilities.drop: [\"ALL\"]` in the container's `securityContext`.");
    }
}
