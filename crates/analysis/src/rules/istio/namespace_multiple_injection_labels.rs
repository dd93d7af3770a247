//! A namespace carries both `istio-injection` and `istio.io/rev`.
//!
//! ## Why it matters
//!
//! `istio-injection` wins: pods get the proxy of the default revision, not of the revision that the other label names.
//! During an upgrade by revisions the namespace stays on the old control plane while it looks as if it had moved.
//!
//! ## What to do
//!
//! Keep one of the two labels: `istio.io/rev` for upgrades by revisions.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0123"),
    name: "NamespaceMultipleInjectionLabels",
    severity: Severity::Warning,
    analyzer: Some("injection.Analyzer"),
    source: include_str!("namespace_multiple_injection_labels.rs"),
    check: Check::Resource(check),
};

fn check(namespace: Resource<'_>, findings: &mut Findings) {
    let labels = |name: &str| namespace.at(&["metadata", "labels", name]);
    let (Some(injection), Some(revision)) = (labels("istio-injection"), labels("istio.io/rev")) else { return };
    if namespace.is(kind::NAMESPACE) {
        let message =
            "the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins";
        findings
            .at(&RULE, namespace, revision, message)
            .hint("Remove the label `istio-injection` to follow the revision.")
            .see(injection.location(), "`istio-injection` is set here");
    }
}
