//! A Telemetry switches access logs on and names no provider, and the mesh has none by default.
//!
//! ## Why it matters
//!
//! Nothing is logged.
//!
//! ## What to do
//!
//! Name a provider in `accessLogging.providers`, or set `defaultProviders.accessLogging` in the mesh configuration.

use manifest::Severity;
use manifest::Value;
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0157"),
    name: "InvalidTelemetryProvider",
    severity: Severity::Warning,
    analyzer: Some("telemetry.ProviderAnalyzer"),
    source: include_str!("telemetry_without_provider.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let defaults =
        world.mesh_config().value().get("defaultProviders").and_then(|defaults| defaults.get("accessLogging"));
    if defaults.and_then(Value::as_array).is_some_and(|defaults| !defaults.is_empty()) {
        return;
    }
    for telemetry in world.within(kind::TELEMETRY, namespace) {
        let is_lost = |logging: &Field<'_>| !logging.flag("disabled") && logging.list("providers").len() == 0;
        if let Some(logging) = telemetry.list(&["spec", "accessLogging"]).find(is_lost) {
            let message = "access logs go nowhere: neither this nor the mesh configuration names a provider";
            findings.at(&RULE, telemetry, logging, message).hint("Name a provider, such as `envoy`.");
        }
    }
}
