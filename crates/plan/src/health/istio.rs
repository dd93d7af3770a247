//! Istio: istiod reports what its analyzers find in `status.validationMessages`, and with distribution tracking on also
//! whether the proxies have the configuration (`Reconciled`). Most installations report neither.

use serde_json::Value;

use super::Health;
use super::fields::{condition, text};

pub(super) fn configuration(object: &Value) -> Option<Health> {
    let errors: Vec<String> = object["status"]["validationMessages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|message| message["level"] == "ERROR")
        .map(|message| format!("{} [{}]", text(message, "/type/name"), text(message, "/type/code")))
        .collect();
    if !errors.is_empty() {
        return Some(Health::failed("ValidationFailed", format!("Istio reports {}", errors.join(", "))));
    }
    let reconciled = condition(object, "Reconciled")?;
    Some(match reconciled.status {
        "True" => Health::current("Configuration has reached all proxies"),
        _ => Health::in_progress("NotReconciled", reconciled.message),
    })
}
