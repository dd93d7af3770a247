//! A workload has the image `auto`, and no webhook would replace it.
//!
//! ## Why it matters
//!
//! Its pods do not start, for there is no such image.
//!
//! ## What to do
//!
//! Label the pod template or its namespace so that Istio's injector is asked: with `istio.io/rev`, or with
//! `sidecar.istio.io/inject: "true"`.

use manifest::Severity;
use mesh::{NamespaceInjection, Workload, WorkloadKind, World, kind};

use super::{auto_image, injector_webhooks};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0146"),
    name: "ImageAutoWithoutInjectionWarning",
    severity: Severity::Warning,
    analyzer: Some("injection.ImageAutoAnalyzer"),
    source: include_str!("image_auto_without_injection.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let webhooks = injector_webhooks::of_istio(world);
    let of_pods = |workload: &Workload<'_>| workload.kind() != WorkloadKind::Pod;
    for workload in world.workloads_in(namespace).filter(of_pods) {
        let Some(image) = auto_image::of(workload) else { continue };
        let namespace = world.find(kind::NAMESPACE, "", auto_image::namespace(workload));
        let of_namespace = |name: &str| namespace.and_then(|namespace| namespace.label(name));
        let is_asked = webhooks
            .iter()
            .any(|webhook| injector_webhooks::asks_about(*webhook, of_namespace, |name| workload.label(name)));
        // Without the webhooks, which an installation of Istio brings along, the labels that they ask for by default count.
        let is_injected = if webhooks.is_empty() { asks_to_be_injected(world, workload) } else { is_asked };
        if !is_injected {
            let message = "no webhook of Istio's would replace the image `auto`";
            findings.at(&RULE, workload.resource(), image, message);
        }
    }
}

/// Whether the labels of a workload or of its namespace ask for injection.
fn asks_to_be_injected(world: &World, workload: Workload<'_>) -> bool {
    let by_pod = workload.label("sidecar.istio.io/inject");
    by_pod == Some("true")
        || workload.label("istio.io/rev").is_some()
        || (by_pod.is_none() && world.namespace_injection(workload.namespace()) == NamespaceInjection::Enabled)
}
