//! A Telemetry is for a service that no waypoint stands before.
//!
//! ## Why it matters
//!
//! What a Telemetry says of traces, logs and metrics holds for proxies that read requests, which for a service of the ambient mesh
//! is its waypoint. Without one, nothing of it is reported.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::tell_unserved;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1112"),
    name: "TelemetryWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("telemetry_without_waypoint.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in world.within(kind::TELEMETRY, namespace) {
        tell_unserved(&RULE, world, policy, "nothing of it is reported", findings);
    }
}
