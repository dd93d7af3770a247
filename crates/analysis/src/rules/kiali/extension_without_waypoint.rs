//! A WasmPlugin or TrafficExtension is for a service that no waypoint stands before.
//!
//! ## Why it matters
//!
//! Extensions run in proxies that read requests, which for a service of the ambient mesh is its waypoint. Without one, the
//! extension runs nowhere.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::tell_unserved;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1111"),
    name: "ExtensionWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("extension_without_waypoint.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in
        [kind::WASM_PLUGIN, kind::TRAFFIC_EXTENSION].into_iter().flat_map(|kind| world.within(kind, namespace))
    {
        tell_unserved(&RULE, world, policy, "the extension runs nowhere", findings);
    }
}
