//! A pod has no sidecar, though its namespace asks for one.
//!
//! ## Why it matters
//!
//! The pod was created before the label, or while the injector was not there. Its traffic is not part of the mesh, and
//! under strict mTLS its requests are refused.
//!
//! ## What to do
//!
//! Create the pod anew, such as by `kubectl rollout restart`.

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

const INJECT: &str = "sidecar.istio.io/inject";

pub(super) const RULE: Rule = Rule {
    code: Code("IST0103"),
    name: "PodMissingProxy",
    severity: Severity::Warning,
    analyzer: Some("injection.Analyzer"),
    source: include_str!("pod_missing_proxy.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for namespace in world.of(kind::NAMESPACE).filter(|namespace| asks_for_sidecars(*namespace)) {
        for pod in world.within(kind::POD, namespace.name()).filter(|pod| is_without_proxy(*pod)) {
            let message = format!("the pod has no sidecar, though the namespace `{}` asks for one", namespace.name());
            findings.about(&RULE, pod, message).hint("Create the pod anew.");
        }
    }
}

fn asks_for_sidecars(namespace: Resource<'_>) -> bool {
    namespace.name() != "istio-system"
        && namespace.label("istio-injection") == Some("enabled")
        && namespace.label("istio.io/dataplane-mode") != Some("ambient")
}

fn is_without_proxy(pod: Resource<'_>) -> bool {
    let refuses = pod.label(INJECT).or(pod.annotation(INJECT)).is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let Some(spec) = pod.spec().filter(|spec| !refuses && !spec.flag("hostNetwork")) else { return false };
    let mut containers = spec.list("containers").chain(spec.list("initContainers"));
    let proxy = containers.find(|container: &Field<'_>| container.text("name") == "istio-proxy");
    proxy.is_none_or(|proxy| proxy.text("image").is_empty())
}
