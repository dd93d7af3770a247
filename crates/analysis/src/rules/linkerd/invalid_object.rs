//! An object of Linkerd's is refused: by the schema of its kind, or by Linkerd's admission webhook.
//!
//! Servers, authorizations, authentications, rate limits, egress networks, routes, service profiles and external workloads
//! are checked: kinds that a policy cannot be for, proofs that exclude each other, networks that an exception leaves
//! nothing of, identities that are no names, conditions that say nothing.
//!
//! ## Why it matters
//!
//! The API server or Linkerd's webhook refuses the object, and with it the whole change that it is part of. Where the
//! webhook does not run, the policy controller ignores the object, and the ports behind it have their default policy.
//!
//! ## What to do
//!
//! Mend the value that the finding names.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{Subject, report_errors};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0001"),
    name: "InvalidLinkerdObject",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("invalid_object.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let subject = Subject::from(resource);
    if matches!(subject.group(), "policy.linkerd.io" | "linkerd.io" | "workload.linkerd.io") {
        report_errors(&RULE, resource, subject, findings);
    }
}
