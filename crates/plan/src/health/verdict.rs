use std::collections::BTreeMap;
use std::fmt;

use manifest::{GroupVersionKind, ObjectId};
use serde_json::Value;

use super::{Health, Status};

/// Where waiting for a set of objects stands. `Display` gives Flux's words: `failed early due to stalled resources:
/// […]`, and for waiting a clause that `timeout` goes in front of when time is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of them are current.
    Healthy,
    /// Some are still on their way.
    Waiting {
        /// Which, and where they stand.
        on: Vec<(ObjectId, Health)>,
    },
    /// Some have failed and will not recover by waiting.
    Failed {
        /// Which, and why.
        because: Vec<(ObjectId, Health)>,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, objects) = match self {
            Verdict::Healthy => return f.write_str("all objects are current"),
            Verdict::Waiting { on } => ("waiting for", on),
            Verdict::Failed { because } => ("failed early due to stalled resources", because),
        };
        write!(f, "{words}: [")?;
        for (index, (id, health)) in objects.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{id} status: '{}'", health.status)?;
            if !health.message.is_empty() {
                write!(f, ": {}", health.message)?;
            }
        }
        f.write_str("]")
    }
}

/// Sums up: one failed object fails the whole set at once, as Flux does by default.
pub fn verdict(healths: &BTreeMap<ObjectId, Health>) -> Verdict {
    let select = |wanted: fn(Status) -> bool| -> Vec<(ObjectId, Health)> {
        let selected = healths.iter().filter(|(_, health)| wanted(health.status));
        selected.map(|(id, health)| (id.clone(), health.clone())).collect()
    };
    let failed = select(|status| status == Status::Failed);
    if !failed.is_empty() {
        return Verdict::Failed { because: failed };
    }
    let waiting = select(|status| status != Status::Current);
    if waiting.is_empty() { Verdict::Healthy } else { Verdict::Waiting { on: waiting } }
}

/// Whether an applied object goes away by itself when it is done, so that not finding it is no reason to wait: a Job
/// with `ttlSecondsAfterFinished`.
pub fn may_vanish(object: &Value) -> bool {
    GroupVersionKind::of(object).is_some_and(|gvk| gvk.group == "batch" && gvk.kind == "Job")
        && object["spec"]["ttlSecondsAfterFinished"].is_number()
}
