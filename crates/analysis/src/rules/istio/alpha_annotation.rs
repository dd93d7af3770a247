//! An annotation of Istio's is alpha: it may change or go with any release.
//!
//! ## Why it matters
//!
//! Before an upgrade it is worth knowing on which annotations without any promise the configuration depends. `istioctl
//! x precheck` asks for the same.
//!
//! ## What to do
//!
//! Read the notes of the release that you upgrade to, for each of them.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use super::annotations::Carrier;
use super::annotations::catalogue::{self, Stage};
use crate::{Check, Code, Findings, Rule};

/// What the injector itself writes into pods whose traffic the network plugin captures.
const WRITTEN_WITH_CNI: [&str; 4] = [
    "sidecar.istio.io/interceptionMode",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0136"),
    name: "AlphaAnnotation",
    severity: Severity::Info,
    analyzer: Some("annotations.AlphaAnalyzer"),
    source: include_str!("alpha_annotation.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(carrier) = Carrier::own(resource) else { return };
    let spared = resource.is(kind::POD) && is_captured_by_plugin(resource);
    for (name, field) in carrier.annotations() {
        let is_alpha = catalogue::find(name).is_some_and(|annotation| annotation.stage == Stage::Alpha);
        if is_alpha && !(spared && WRITTEN_WITH_CNI.contains(&name)) {
            findings.at(&RULE, resource, field, format!("the annotation `{name}` is alpha"));
        }
    }
}

/// Whether a pod has no init container of Istio's that would capture its traffic.
fn is_captured_by_plugin(pod: Resource<'_>) -> bool {
    let init_containers = pod.spec().into_iter().flat_map(|spec| spec.list("initContainers"));
    init_containers.map(|container: Field<'_>| container.text("name")).all(|name| name != "istio-init")
}
