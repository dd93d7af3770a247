//! A Telemetry selects workloads of the ambient mesh.
//!
//! ## Why it matters
//!
//! Waypoints take what a Telemetry says of its whole namespace, and what names its target in `targetRefs`, but never what selects
//! by labels; the proxies on the nodes take none of it. Nothing of it is reported.
//!
//! ## What to do
//!
//! Name the Service, or the Gateway of the waypoint, in `targetRefs` instead of the selector.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::unread;
use super::selectors::labels;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1117"),
    name: "TelemetryUnread",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("telemetry_unread.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let selecting = unread(world, kind::TELEMETRY, namespace)
        .into_iter()
        .filter(|(policy, ..)| labels(*policy, "selector").is_some());
    for (policy, place, workload) in selecting {
        let message =
            format!("`{}` is in the ambient mesh, where waypoints take nothing by labels", workload.resource().id());
        findings
            .at(&RULE, policy, place, message)
            .hint("Name a Service or the waypoint's Gateway in `targetRefs`.")
            .see(workload.resource().location(), "the workload is here");
    }
}
