//! An alert of a Canary reaches nobody.
//!
//! ## Why it matters
//!
//! A release that fails is rolled back in silence: Flagger writes a line to its own log that the provider is not there, or
//! sends nothing at all because the severity is one that never occurs.
//!
//! ## What to do
//!
//! Let `providerRef` name an AlertProvider, by default in the Canary's own namespace, and write `info`, `warn` or `error` as the
//! severity.

use manifest::Severity;
use mesh::{World, kind};

use super::canary::Canary;
use crate::missing::is_missing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0012"),
    name: "AlertProvider",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("alert_provider.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        for alert in canary.analysis.into_iter().flat_map(|analysis| analysis.list("alerts")) {
            let severity = alert.text("severity");
            if !matches!(severity, "info" | "warn" | "error") {
                let message =
                    format!("the alert `{}` has the severity `{severity}`, which never occurs", alert.text("name"));
                findings
                    .at(&RULE, canary.resource, alert.get("severity").unwrap_or(alert), message)
                    .hint("Write `severity: info`, `warn` or `error`.");
            }
            let Some(reference) = alert.get("providerRef") else { continue };
            let id = canary.referred(kind::ALERT_PROVIDER, reference);
            if is_missing(world, &id, kind::ALERT_PROVIDER) {
                findings
                    .at(
                        &RULE,
                        canary.resource,
                        reference.get("name").unwrap_or(reference),
                        format!("`{id}`, which alerts are sent by, does not exist"),
                    )
                    .hint("Correct the name or the namespace of `providerRef`, or declare the provider.");
            }
        }
    }
}
