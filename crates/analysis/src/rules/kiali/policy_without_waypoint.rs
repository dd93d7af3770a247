//! An AuthorizationPolicy is for a service that no waypoint stands before.
//!
//! ## Why it matters
//!
//! A policy with `targetRefs` is enforced by the waypoint of the service and by nobody else. Without one it forbids nothing: the
//! service is as open as if the policy were not there.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace, or select the workload by labels if the policy only
//! looks at connections.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::tell_unserved;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0109"),
    name: "PolicyWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("policy_without_waypoint.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        tell_unserved(&RULE, world, policy, "nobody enforces the policy", findings);
    }
}
