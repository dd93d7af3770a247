//! AppArmor is switched off for a container.
//!
//! ## Why it matters
//!
//! The default profile keeps containers from mounting and from changing the kernel's settings. The baseline profile of Kubernetes
//! does not allow to switch it off.
//!
//! ## What to do
//!
//! Remove the setting, or write `RuntimeDefault` or a profile that the nodes have.

use manifest::Severity;
use mesh::workload::Workload;
use mesh::{Field, Resource};

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0206"),
    name: "AppArmorOff",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("app_armor_off.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for field in pods.contexts(&["appArmorProfile", "type"]).filter(|field| field.as_str() == Some("Unconfined")) {
        findings.at(&RULE, resource, field, "AppArmor is switched off").hint("Write `RuntimeDefault`.");
    }
    let annotations =
        Workload::of(resource).and_then(Workload::pod).and_then(|pod| pod.at(&["metadata", "annotations"]));
    for (name, value) in annotations.into_iter().flat_map(Field::members) {
        if name.starts_with("container.apparmor.security.beta.kubernetes.io/") && value.as_str() == Some("unconfined") {
            findings.at(&RULE, resource, value, "AppArmor is switched off").hint("Write `runtime/default`.");
        }
    }
}
