//! A container sees the whole `/proc`.
//!
//! ## Why it matters
//!
//! Runtimes hide the files of `/proc` that tell of the kernel and let it be changed. The baseline profile of Kubernetes does not
//! allow to show them.
//!
//! ## What to do
//!
//! Remove `procMount`.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0208"),
    name: "ProcMount",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("proc_mount.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for field in pods.contexts(&["procMount"]).filter(|field| field.as_str() != Some("Default")) {
        let shown = field.as_str().unwrap_or_default();
        findings.at(&RULE, resource, field, format!("`/proc` is mounted as `{shown}`")).hint("Remove `procMount`.");
    }
}
