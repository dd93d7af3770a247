//! A container is made to run as root.
//!
//! ## Why it matters
//!
//! `runAsUser: 0` overrides the user that the image chose: whoever breaks in may write everywhere in the container. The
//! restricted profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Remove `runAsUser`, or write the number of a user without rights.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0224"),
    name: "RootUser",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("root_user.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for field in pods.contexts(&["runAsUser"]).filter(|field| field.value().as_i64() == Some(0)) {
        findings.at(&RULE, resource, field, "the user is root").hint("Write the number of another user.");
    }
}
