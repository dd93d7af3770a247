//! Pods change a setting of the kernel that others share.
//!
//! ## Why it matters
//!
//! Only some settings belong to a pod alone; others change the node for everybody on it, and the kubelet refuses them unless it
//! was told otherwise. The baseline profile of Kubernetes forbids them.
//!
//! ## What to do
//!
//! Remove the setting, or configure it on the nodes.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0210"),
    name: "UnsafeSysctl",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("unsafe_sysctl.rs"),
    check: Check::Resource(check),
};

/// What the baseline profile allows.
const SAFE: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let settings = pods.spec.get("securityContext").into_iter().flat_map(|context| context.list("sysctls"));
    for setting in settings {
        let name = setting.text("name");
        if !SAFE.contains(&name) {
            findings
                .at(&RULE, resource, setting, format!("the pods set `{name}`, which is not theirs alone"))
                .hint(format!("Remove `{name}`, or configure it on the nodes."));
        }
    }
}
