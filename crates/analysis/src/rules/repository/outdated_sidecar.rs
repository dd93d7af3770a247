//! A sidecar that is written into a manifest is older than the mesh that is declared.
//!
//! ## Why it matters
//!
//! Proxies that were injected with `istioctl kube-inject` do not follow an upgrade of the control plane: they keep the
//! vulnerabilities of their version, and once they lag too far behind, configuration they do not understand is dropped.
//!
//! ## What to do
//!
//! Inject again with the version of the mesh, or let the mesh inject when pods start, so that a restart is enough.

use manifest::Severity;
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0012"),
    name: "OutdatedSidecar",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("outdated_sidecar.rs"),
    check: Check::World(check),
};

/// A version as far as it was written: `1.19` has no patch.
type Version = (u32, u32, Option<u32>);

fn check(world: &World, findings: &mut Findings) {
    let Some((declared, place)) = declared_version(world) else { return };
    for workload in world.workloads() {
        let mut all = workload.containers().chain(workload.init_containers());
        let Some(proxy) = all.find(|container| container.text("name") == "istio-proxy") else { continue };
        let Some(image) = proxy.get("image") else { continue };
        let text = image.as_str().unwrap_or_default();
        let Some(version) = tag(text).and_then(version_of) else { continue };
        if is_older(version, declared) {
            let message = format!("the sidecar `{text}` is older than the mesh, which is {}", shown(declared));
            findings
                .at(&RULE, workload.resource(), image, message)
                .hint(format!("Inject again with the sidecar of {}.", shown(declared)))
                .see(place.location(), "the version of the mesh is declared here");
        }
    }
}

/// The version of the control plane: that of its chart, or that of its image.
fn declared_version(world: &World) -> Option<(Version, Field<'_>)> {
    let mut charts = world.of(kind::HELM_RELEASE).filter_map(|release| {
        let chart = release.at(&["spec", "chart", "spec"]).filter(|chart| chart.text("chart") == "istiod")?;
        let version = chart.get("version")?;
        Some((version_of(version.as_str()?.trim_start_matches(['~', '^', '=', 'v']))?, version))
    });
    let mut images = world.of(kind::DEPLOYMENT).filter_map(|deployment| {
        let containers = ["spec", "template", "spec", "containers"];
        deployment.label("app").filter(|app| *app == "istiod")?;
        let mut images = deployment.list(&containers).filter_map(|container| container.get("image"));
        images.find_map(|image| Some((version_of(tag(image.as_str()?)?)?, image)))
    });
    // Several revisions may run at once: the oldest one is what a sidecar may rightly be of.
    charts.by_ref().min_by_key(|(version, _)| *version).or_else(|| images.by_ref().min_by_key(|(version, _)| *version))
}

/// The tag of an image, without a digest.
fn tag(image: &str) -> Option<&str> {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    name.split_once(':').map(|(_, tag)| tag)
}

/// `1.19.3`, `1.19.3-distroless`, `1.19`, `1.19.x`.
fn version_of(text: &str) -> Option<Version> {
    let mut parts = text.split(['.', '-', '+']);
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor, parts.next().and_then(|patch| patch.parse().ok())))
}

fn is_older(version: Version, declared: Version) -> bool {
    let minor = |version: Version| (version.0, version.1);
    match (version.2, declared.2) {
        (Some(patch), Some(wanted)) => (minor(version), patch) < (minor(declared), wanted),
        (None, _) | (_, None) => minor(version) < minor(declared),
    }
}

fn shown(version: Version) -> String {
    match version {
        (major, minor, Some(patch)) => format!("{major}.{minor}.{patch}"),
        (major, minor, None) => format!("{major}.{minor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_tags_and_charts() {
        for (text, expect) in [
            ("docker.io/istio/proxyv2:1.18.5", Some((1, 18, Some(5)))),
            ("localhost:5000/proxyv2:1.18.5-distroless@sha256:ab", Some((1, 18, Some(5)))),
            ("localhost:5000/proxyv2", None),
            ("proxyv2:latest", None),
        ] {
            assert_eq!(tag(text).and_then(version_of), expect, "{text}");
        }
        assert_eq!(version_of("1.19.x"), Some((1, 19, None)));
        assert!(is_older((1, 18, Some(5)), (1, 18, Some(6))) && !is_older((1, 18, Some(5)), (1, 18, None)));
        assert!(!is_older((1, 20, Some(0)), (1, 19, Some(9))));
    }
}
