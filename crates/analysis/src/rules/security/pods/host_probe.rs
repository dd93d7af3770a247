//! A probe or a hook names the host that it asks.
//!
//! ## Why it matters
//!
//! The kubelet makes the request, from the node: with a host of its own choice a pod can have it ask whatever the node can
//! reach. The baseline profile of Kubernetes 1.34 forbids it.
//!
//! ## What to do
//!
//! Remove `host`: the probe then asks the pod.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0211"),
    name: "HostProbe",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("host_probe.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for container in pods.containers() {
        let probes =
            ["livenessProbe", "readinessProbe", "startupProbe"].into_iter().filter_map(|name| container.get(name));
        let hooks = ["postStart", "preStop"].into_iter().filter_map(|name| container.at(&["lifecycle", name]));
        for probe in probes.chain(hooks) {
            for host in ["httpGet", "tcpSocket"].into_iter().filter_map(|kind| probe.at(&[kind, "host"])) {
                let shown = host.as_str().unwrap_or_default();
                if !matches!(shown, "" | "127.0.0.1" | "::1") {
                    findings
                        .at(&RULE, resource, host, format!("the kubelet is made to ask `{shown}`"))
                        .hint("Remove `host`.");
                }
            }
        }
    }
}
