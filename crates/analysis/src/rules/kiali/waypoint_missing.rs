//! A label asks for a waypoint that does not exist.
//!
//! ## Why it matters
//!
//! Routes and policies for HTTP are not applied: traffic goes straight to the pods, as if nothing had been declared.
//!
//! ## What to do
//!
//! Correct `istio.io/use-waypoint` or `istio.io/use-waypoint-namespace`, or declare the Gateway of the class `istio-waypoint`.

use manifest::Severity;
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1313"),
    name: "WaypointMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("waypoint_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let holders = world.of(kind::NAMESPACE).chain(world.of(kind::SERVICE));
    for holder in holders {
        let label = |name: &str| holder.at(&["metadata", "labels", name]);
        let Some(wanted) = label("istio.io/use-waypoint") else { continue };
        let name = wanted.as_str().unwrap_or_default();
        let own = if holder.is(kind::NAMESPACE) { holder.name() } else { holder.namespace() };
        let namespace = label("istio.io/use-waypoint-namespace").and_then(Field::as_str).unwrap_or(own);
        if !matches!(name, "" | "none")
            && world.coverage().whole(namespace)
            && world.of(kind::GATEWAY).len() > 0
            && world.find(kind::GATEWAY, namespace, name).is_none()
        {
            findings
                .at(&RULE, holder, wanted, format!("there is no waypoint `{name}` in the namespace `{namespace}`"))
                .hint("Correct the label, or declare the waypoint.");
        }
    }
}
