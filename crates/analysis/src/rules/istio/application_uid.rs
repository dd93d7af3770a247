//! A container of an application runs as the user 1337, which is the proxy's.
//!
//! ## Why it matters
//!
//! Traffic of that user is not captured, so that the proxy's own is not sent around in circles: the application's
//! requests pass by the mesh, with no mTLS, no policies and no telemetry.
//!
//! ## What to do
//!
//! Run the application as another user.

use manifest::Severity;
use mesh::{Field, Resource, Workload};

use super::selection::is_part_of_istio;
use crate::{Check, Code, Findings, Rule};

/// The user as which the proxy runs.
const PROXY_USER: i64 = 1337;

pub(super) const RULE: Rule = Rule {
    code: Code("IST0144"),
    name: "InvalidApplicationUID",
    severity: Severity::Error,
    analyzer: Some("applicationUID.Analyzer"),
    source: include_str!("application_uid.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(workload) = Workload::of(resource).filter(|_| !is_part_of_istio(resource)) else { return };
    let is_own = |container: &Field<'_>| !["istio-proxy", "istio-operator"].contains(&container.text("name"));
    let holders = workload.pod_spec().into_iter().chain(workload.containers().filter(is_own));
    let users = holders.filter_map(|holder| holder.get("securityContext")?.get("runAsUser"));
    let mut places = users.filter(|user| user.value().as_i64() == Some(PROXY_USER));
    if let Some(first) = places.next() {
        let finding =
            findings.at(&RULE, resource, first, "the application runs as user 1337, whose traffic is not captured");
        finding.hint("Choose another `runAsUser`.");
        for other in places {
            finding.see(other.location(), "and here");
        }
    }
}
