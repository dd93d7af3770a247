//! The status of an object says that a controller could not do what the object asks for.
//!
//! ## Why it matters
//!
//! The object is there but has no effect, or only a part of it: a Gateway that is not programmed receives nothing, a
//! policy that no proxy accepted protects nothing. Only objects that come from a cluster have a status.
//!
//! ## What to do
//!
//! Read the reason and the message, which are the controller's own.

use manifest::Severity;
use mesh::{Field, KindName, Resource, kind};

use crate::{Check, Code, Findings, Rule};

/// The conditions that matter, by kind: each is bad news when it is false.
const CONDITIONS: &[(KindName, &[&str])] = &[
    (kind::SERVICE, &["istio.io/WaypointBound"]),
    (kind::SERVICE_ENTRY, &["istio.io/WaypointBound"]),
    (kind::WORKLOAD_ENTRY, &["istio.io/WaypointBound"]),
    (kind::ISTIO_AUTHORIZATION_POLICY, &["ZtunnelAccepted", "WaypointAccepted"]),
    (kind::GATEWAY, OF_GATEWAY_API),
    (kind::HTTP_ROUTE, OF_GATEWAY_API),
    (kind::GRPC_ROUTE, OF_GATEWAY_API),
];

const OF_GATEWAY_API: &[&str] = &["Accepted", "Programmed", "ResolvedRefs"];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0171"),
    name: "NegativeConditionStatus",
    severity: Severity::Warning,
    analyzer: Some("conditions.ConditionAnalyzer"),
    source: include_str!("negative_condition.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some((_, types)) = CONDITIONS.iter().find(|(kind, _)| resource.is(*kind)) else { return };
    let mut told = Vec::new();
    for condition in conditions(resource) {
        let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|name| condition.text(name));
        // A waypoint may accept a part of a policy only, and then still says that it accepted it.
        let in_part =
            resource.is(kind::ISTIO_AUTHORIZATION_POLICY) && (kind, reason) == ("WaypointAccepted", "PartiallyInvalid");
        let is_bad = in_part || (types.contains(&kind) && status == "False");
        if is_bad && !told.contains(&(kind, reason, message)) {
            told.push((kind, reason, message));
            let verb = if in_part { "holds in part only" } else { "does not hold" };
            let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
            let message =
                if message.is_empty() { String::new() } else { format!(": {}", message.trim_end_matches('.')) };
            findings.at(&RULE, resource, condition, format!("the condition `{kind}` {verb}{reason}{message}"));
        }
    }
}

/// Its conditions, and those that parents of a route reported.
fn conditions(resource: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let of_parents = resource.list(&["status", "parents"]).flat_map(|parent| parent.list("conditions"));
    resource.list(&["status", "conditions"]).chain(of_parents)
}
