//! Pods have another proxy than Istio would inject today.
//!
//! ## Why it matters
//!
//! They were created before the last upgrade. Proxies that are too far behind the control plane are not supported, and
//! fixed vulnerabilities are still open in them.
//!
//! ## What to do
//!
//! Create the pods anew, such as by `kubectl rollout restart`.

use manifest::Severity;
use std::collections::BTreeMap;

use mesh::{Field, Resource, World, kind};

use super::proxy_images::{Injector, image_type};
use super::selection::listing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0158"),
    name: "PodsIstioProxyImageMismatchInNamespace",
    severity: Severity::Warning,
    analyzer: Some("injection.ImageAnalyzer"),
    source: include_str!("proxy_image_mismatch.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let injectors: BTreeMap<&str, Injector> =
        world.of(kind::CONFIG_MAP).filter_map(|map| Some((map.name(), Injector::of(map)?))).collect();
    if injectors.is_empty() {
        return;
    }
    for namespace in world.of(kind::NAMESPACE) {
        let Some(injector) = injector_name(namespace).and_then(|name| injectors.get(name.as_str())) else { continue };
        let pods = world.within(kind::POD, namespace.name());
        let stale: Vec<&str> = pods.filter(|pod| is_stale(world, *pod, injector)).map(Resource::name).collect();
        if !stale.is_empty() {
            let (image, pods) = (&injector.image, listing(stale));
            let message = format!("the proxy of the pods {pods} is not `{image}`, which Istio would inject");
            findings.about(&RULE, namespace, message).hint("Create the pods anew.");
        }
    }
}

/// The name of the ConfigMap of the injector that the labels of a namespace choose.
fn injector_name(namespace: Resource<'_>) -> Option<String> {
    match (namespace.label("istio.io/rev"), namespace.label("istio-injection")) {
        (Some("" | "default"), _) | (None, Some("enabled")) => Some("istio-sidecar-injector".to_owned()),
        (Some(revision), _) => Some(format!("istio-sidecar-injector-{revision}")),
        (None, _) => None,
    }
}

fn is_stale(world: &World, pod: Resource<'_>, injector: &Injector) -> bool {
    if pod.annotation("sidecar.istio.io/proxyImage").is_some_and(|image| !image.is_empty()) {
        return false;
    }
    let Some(spec) = pod.spec() else { return false };
    let mut containers = spec.list("containers").chain(spec.list("initContainers"));
    containers.any(|container: Field<'_>| {
        let image = container.text("image");
        let variant = || format!("{}-{}", injector.image, image_type(world, pod));
        container.text("name") == "istio-proxy" && image != injector.image && image != variant()
    })
}
