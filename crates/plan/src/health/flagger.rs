//! Flagger: a Canary is current when its target runs as declared, whether it was analysed or is just initialised.

use serde_json::Value;

use super::fields::{condition, text};
use super::{Health, Status};

pub(super) fn canary(object: &Value) -> Health {
    let phase = text(object, "/status/phase");
    let told = condition(object, "Promoted").map_or("", |promoted| promoted.message);
    let message = |otherwise: &str| if told.is_empty() { otherwise.to_owned() } else { told.to_owned() };
    match phase {
        "Initialized" => Health::current(message("Canary is initialized")),
        "Succeeded" => Health::current(message("Canary analysis completed successfully")),
        "Failed" => Health::failed("CanaryFailed", message("Canary analysis failed, the target was rolled back")),
        "Terminating" | "Terminated" => {
            Health::of(Status::Terminating, "CanaryTerminating", message("Canary is terminating"))
        }
        "" => Health::in_progress("CanaryNotObserved", "Canary has no phase yet"),
        // Initializing, Waiting, Progressing, WaitingPromotion, Promoting, Finalising and what comes after them.
        phase => Health::in_progress(format!("Canary{phase}"), message(&format!("Canary is in the {phase} phase"))),
    }
}
