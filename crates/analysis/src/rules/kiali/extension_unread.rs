//! A WasmPlugin or TrafficExtension is for workloads of the ambient mesh, and names no target.
//!
//! ## Why it matters
//!
//! The proxies on the nodes run no extensions, and waypoints take only what names its target in `targetRefs`: it runs nowhere.
//!
//! ## What to do
//!
//! Name the Service, or the Gateway of the waypoint, in `targetRefs` instead of a selector.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::unread;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1116"),
    name: "ExtensionUnread",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("extension_unread.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (policy, place, workload) in
        [kind::WASM_PLUGIN, kind::TRAFFIC_EXTENSION].into_iter().flat_map(|kind| unread(world, kind, namespace))
    {
        let message = format!(
            "`{}` is in the ambient mesh, where only `targetRefs` brings an extension into a waypoint",
            workload.resource().id()
        );
        findings
            .at(&RULE, policy, place, message)
            .hint("Name a Service or the waypoint's Gateway in `targetRefs`.")
            .see(workload.resource().location(), "the workload is here");
    }
}
