//! A Sidecar says something about outbound traffic, but not which mode holds.
//!
//! ## Why it matters
//!
//! `outboundTrafficPolicy` without `mode` is not the mesh's default: it means `REGISTRY_ONLY`. Requests to whatever is not
//! declared fail, although nothing in the manifest seems to forbid them.
//!
//! ## What to do
//!
//! Write the mode, `ALLOW_ANY` or `REGISTRY_ONLY`, or remove `outboundTrafficPolicy`.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1007"),
    name: "SidecarWithoutMode",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("sidecar_without_mode.rs"),
    check: Check::Resource(check),
};

fn check(sidecar: Resource<'_>, findings: &mut Findings) {
    if !sidecar.is(kind::SIDECAR) {
        return;
    }
    if let Some(policy) = sidecar.at(&["spec", "outboundTrafficPolicy"]).filter(|policy| policy.get("mode").is_none()) {
        findings
            .at(&RULE, sidecar, policy, "`outboundTrafficPolicy` without a mode means `REGISTRY_ONLY`")
            .hint("Write `mode`, or remove `outboundTrafficPolicy`.");
    }
}
