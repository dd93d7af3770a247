//! A RequestAuthentication is for a service that no waypoint stands before.
//!
//! ## Why it matters
//!
//! Only a waypoint reads the requests for a service, and with them the tokens. Without one, tokens that are forged or over are
//! let through as if the RequestAuthentication were not there.
//!
//! ## What to do
//!
//! Add the label `istio.io/use-waypoint` to the service or to its namespace.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::tell_unserved;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1110"),
    name: "AuthenticationWithoutWaypoint",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("authentication_without_waypoint.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in world.within(kind::REQUEST_AUTHENTICATION, namespace) {
        tell_unserved(&RULE, world, policy, "nobody looks at tokens", findings);
    }
}
