//! A RequestAuthentication is for workloads of the ambient mesh, and names no target.
//!
//! ## Why it matters
//!
//! The proxies on the nodes do not read requests, and waypoints take only what names its target in `targetRefs`: nobody looks at
//! tokens, and those that are forged or over are let through.
//!
//! ## What to do
//!
//! Name the Service, or the Gateway of the waypoint, in `targetRefs` instead of a selector.

use manifest::Severity;
use mesh::{World, kind};

use super::ambient::unread;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1115"),
    name: "AuthenticationUnread",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("authentication_unread.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for (policy, place, workload) in unread(world, kind::REQUEST_AUTHENTICATION, namespace) {
        let message = format!(
            "`{}` is in the ambient mesh, where only `targetRefs` has a waypoint look at tokens",
            workload.resource().id()
        );
        findings
            .at(&RULE, policy, place, message)
            .hint("Name a Service or the waypoint's Gateway in `targetRefs`.")
            .see(workload.resource().location(), "the workload is here");
    }
}
