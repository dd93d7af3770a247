//! kstatus' rules for other built-in kinds.

use serde_json::Value;

use super::Health;
use super::fields::{conditions, text};

pub(super) fn service(object: &Value) -> Health {
    if text(object, "/spec/type") == "LoadBalancer" && text(object, "/spec/clusterIP").is_empty() {
        return Health::in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
    }
    Health::current("Service is ready")
}

pub(super) fn volume_claim(object: &Value) -> Health {
    match text(object, "/status/phase") {
        "Bound" => Health::current("PVC is Bound"),
        "" => Health::in_progress("NotBound", "PVC is not Bound. phase: unknown"),
        phase => Health::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}")),
    }
}

pub(super) fn definition(object: &Value) -> Health {
    for condition in conditions(&object["status"]["conditions"]) {
        match (condition.kind, condition.status) {
            ("NamesAccepted", "False") => return Health::failed(condition.reason, condition.message),
            ("Established", "False") if condition.reason != "Installing" => {
                return Health::failed(condition.reason, condition.message);
            }
            ("Established", "True") => return Health::current("CRD is established"),
            _ => {}
        }
    }
    Health::in_progress("Installing", "Install in progress")
}
