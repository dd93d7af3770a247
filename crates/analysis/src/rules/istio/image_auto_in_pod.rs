//! A pod still has the image `auto` that the injector was to replace.
//!
//! ## Why it matters
//!
//! There is no such image: the pod does not start.
//!
//! ## What to do
//!
//! Let a Deployment create the pod, in a namespace in which Istio injects.

use manifest::Severity;
use mesh::{Resource, Workload, WorkloadKind};

use super::auto_image;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0147"),
    name: "ImageAutoWithoutInjectionError",
    severity: Severity::Error,
    analyzer: Some("injection.ImageAutoAnalyzer"),
    source: include_str!("image_auto_in_pod.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let pod = Workload::of(resource).filter(|workload| workload.kind() == WorkloadKind::Pod);
    if let Some(image) = pod.and_then(auto_image::of) {
        findings.at(&RULE, resource, image, "the image `auto` was not replaced by the injector");
    }
}
