//! A namespace carries several labels that each choose a data plane: `istio-injection`, `istio.io/rev` and
//! `istio.io/dataplane-mode`.
//!
//! ## Why it matters
//!
//! Only one of them wins. With `istio-injection: enabled`, pods get the proxy of the default revision, not of the
//! revision that `istio.io/rev` names: during an upgrade by revisions the namespace stays on the old control plane
//! while it looks as if it had moved.
//!
//! ## What to do
//!
//! Keep one of the labels: `istio.io/rev` for upgrades by revisions.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

const LABELS: [&str; 3] = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0123"),
    name: "NamespaceMultipleInjectionLabels",
    severity: Severity::Warning,
    analyzer: Some("injection.Analyzer"),
    source: include_str!("namespace_multiple_injection_labels.rs"),
    check: Check::Resource(check),
};

fn check(namespace: Resource<'_>, findings: &mut Findings) {
    if !namespace.is(kind::NAMESPACE) || namespace.name() == "istio-system" {
        return;
    }
    let mut labels = LABELS.into_iter().filter_map(|name| Some((name, namespace.at(&["metadata", "labels", name])?)));
    let is_refusal = |label: &(&str, Field<'_>)| label.0 == LABELS[0] && label.1.as_str() != Some("enabled");
    // A refusal of injection beside the choice of something else is no contradiction.
    let first = labels.next().filter(|first| !is_refusal(first));
    if let Some(((winner, place), (other, other_place))) = first.zip(labels.next()) {
        let message =
            format!("the namespace has both the label `{winner}` and the label `{other}`; the first one wins");
        findings
            .at(&RULE, namespace, other_place, message)
            .hint(format!("Remove one of them: the label `{winner}` to follow `{other}`."))
            .see(place.location(), format!("`{winner}` is set here"));
    }
}
