//! A Telemetry sends traces to a provider of the kind Lightstep, which is deprecated.
//!
//! ## Why it matters
//!
//! The kind will go; then nothing is traced.
//!
//! ## What to do
//!
//! Declare a provider of the kind `opentelemetry` and name that.

use manifest::Severity;
use std::collections::BTreeSet;

use manifest::Value;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0002"),
    name: "Deprecated",
    severity: Severity::Warning,
    analyzer: Some("telemetry.LightstepAnalyzer"),
    source: include_str!("lightstep_provider.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let providers = world.mesh_config().value().get("extensionProviders").and_then(Value::as_array);
    let of_lightstep = |provider: &&Value| provider.get("lightstep").is_some();
    let names: BTreeSet<&str> = providers
        .into_iter()
        .flatten()
        .filter(of_lightstep)
        .filter_map(|provider| provider.get("name")?.as_str())
        .collect();
    for telemetry in world.of(kind::TELEMETRY).filter(|_| !names.is_empty()) {
        let mut told = BTreeSet::new();
        for provider in telemetry.list(&["spec", "tracing"]).flat_map(|tracing| tracing.list("providers")) {
            let name = provider.text("name");
            if names.contains(name) && told.insert(name) {
                let message = format!("the provider `{name}` is of the kind Lightstep, which is deprecated");
                findings.at(&RULE, telemetry, provider.get("name").unwrap_or(provider), message);
            }
        }
    }
}
