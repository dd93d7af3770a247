//! Linkerd's proxy is pinned to another version than that of the control plane.
//!
//! ## Why it matters
//!
//! `config.linkerd.io/proxy-version` and proxies that are written into manifests stay behind when the control plane is upgraded:
//! they keep the vulnerabilities of their version, and a control plane supports proxies of one version back only.
//!
//! ## What to do
//!
//! Remove the annotation and restart the workload, or inject again.

use manifest::Severity;
use mesh::{Field, World, kind};

use super::annotations::carriers;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0108"),
    name: "ProxyVersion",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("proxy_version.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let Some((version, place)) = control_plane(world) else { return };
    for (resource, annotations) in world.coverage().namespaces().flat_map(|namespace| carriers(world, namespace)) {
        let pinned = annotations.get("config.linkerd.io/proxy-version");
        if let Some(pinned) = pinned.filter(|pinned| pinned.as_str() != Some(version)) {
            let shown = pinned.as_str().unwrap_or_default();
            findings
                .at(
                    &RULE,
                    resource,
                    pinned,
                    format!("the proxy is pinned to `{shown}`, and the control plane is `{version}`"),
                )
                .hint("Remove the annotation, and restart the workload.")
                .see(place.location(), "the version of the control plane is here");
        }
    }
    for workload in world.workloads() {
        let mut all = workload.containers().chain(workload.init_containers());
        let Some(image) = all.find(|found| found.text("name") == "linkerd-proxy").and_then(|found| found.get("image"))
        else {
            continue;
        };
        let shown = image.as_str().and_then(tag).unwrap_or_default();
        if shown != version && !shown.is_empty() {
            findings
                .at(
                    &RULE,
                    workload.resource(),
                    image,
                    format!("the proxy is `{shown}`, and the control plane is `{version}`"),
                )
                .hint("Inject again.")
                .see(place.location(), "the version of the control plane is here");
        }
    }
}

/// The version of the control plane, as the image of its controllers says it.
fn control_plane(world: &World) -> Option<(&str, Field<'_>)> {
    world.of(kind::DEPLOYMENT).find_map(|deployment| {
        deployment.label("linkerd.io/control-plane-component")?;
        let images = ["spec", "template", "spec", "containers"];
        let mut images = deployment.list(&images).filter_map(|container| container.get("image"));
        images.find_map(|image| {
            let text = image.as_str().filter(|text| text.contains("/controller:"))?;
            Some((tag(text)?, image))
        })
    })
}

fn tag(image: &str) -> Option<&str> {
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    name.split('@').next()?.split_once(':').map(|(_, tag)| tag)
}
