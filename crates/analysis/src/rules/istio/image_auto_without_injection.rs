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
use mesh::{Workload, WorkloadKind, World, kind};

use super::{auto_image, injector_webhooks};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0146"),
    name: "ImageAutoWithoutInjectionWarning",
    severity: Severity::Warning,
    analyzer: Some("injection.ImageAutoAnalyzer"),
    source: include_str!("image_auto_without_injection.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let webhooks = injector_webhooks::of_istio(world);
    let of_pods = |workload: &Workload<'_>| workload.kind() != WorkloadKind::Pod;
    for workload in world.workloads().filter(of_pods) {
        let Some(image) = auto_image::of(workload) else { continue };
        let namespace = world.find(kind::NAMESPACE, "", auto_image::namespace(workload));
        let of_namespace = |name: &str| namespace.and_then(|namespace| namespace.label(name));
        let is_injected = webhooks
            .iter()
            .any(|webhook| injector_webhooks::asks_about(*webhook, of_namespace, |name| workload.label(name)));
        if !is_injected {
            let message = "no webhook of Istio's would replace the image `auto`";
            findings.at(&RULE, workload.resource(), image, message);
        }
    }
}
