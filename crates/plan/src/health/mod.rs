//! Whether an object has become what it was told to be.
//!
//! The rules for built-in kinds are kstatus' (fluxcd/cli-utils `pkg/kstatus`), with Flux's stricter one for Jobs; rules
//! for Flagger, Istio and Gateway API kinds are ours; users add their own as CEL (`spec.healthCheckExprs`). A HelmRelease
//! may ask for those of Helm 3 in their place.

mod attendance;
mod cluster;
mod fields;
mod flagger;
mod gateway;
mod generic;
mod helm;
mod istio;
mod rule;
mod verdict;
mod workloads;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use attendance::{attended_through, is_unattended};
pub use rule::{HealthRule, HealthRuleError};
pub use verdict::{Verdict, may_vanish, verdict};

/// The state of one object, as kstatus names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is what it was told to be.
    Current,
    /// Its controller is at work, or has not seen it yet.
    InProgress,
    /// It cannot get there without a change.
    Failed,
    /// It is being deleted.
    Terminating,
    /// It cannot be told.
    Unknown,
    /// It does not exist.
    NotFound,
}

/// kstatus' name of the status.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Current => "Current",
            Status::InProgress => "InProgress",
            Status::Failed => "Failed",
            Status::Terminating => "Terminating",
            Status::Unknown => "Unknown",
            Status::NotFound => "NotFound",
        })
    }
}

/// A status and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The status.
    pub status: Status,
    /// One CamelCase word, such as `LessReady`; empty where the status says it all.
    pub reason: String,
    /// A sentence, such as `Ready: 1/3`.
    pub message: String,
    /// When the status changes by itself although the object does not; none if it never does.
    pub recheck: Option<Timestamp>,
}

impl Health {
    fn of(status: Status, reason: impl Into<String>, message: impl Into<String>) -> Health {
        Health { status, reason: reason.into(), message: message.into(), recheck: None }
    }

    fn current(message: impl Into<String>) -> Health {
        Health::of(Status::Current, "", message)
    }

    fn in_progress(reason: impl Into<String>, message: impl Into<String>) -> Health {
        Health::of(Status::InProgress, reason, message)
    }

    fn failed(reason: impl Into<String>, message: impl Into<String>) -> Health {
        Health::of(Status::Failed, reason, message)
    }

    /// Of an object that does not exist.
    pub fn not_found() -> Health {
        Health {
            status: Status::NotFound,
            reason: "NotFound".to_owned(),
            message: "Resource not found".to_owned(),
            recheck: None,
        }
    }

    /// Of an applied object that was there and went away by itself when it was done ([`may_vanish`]).
    pub fn vanished() -> Health {
        Health::current("Job is done and gone, as its ttlSecondsAfterFinished asks")
    }

    /// Of an object whose kind is assumed to be ready, because its controller is absent here.
    pub fn assumed(kind: &str) -> Health {
        Health {
            status: Status::Current,
            reason: "Assumed".to_owned(),
            message: format!("{kind} is assumed to be ready"),
            recheck: None,
        }
    }

    /// Whether it is only assumed.
    pub fn is_assumed(&self) -> bool {
        self.reason == "Assumed"
    }

    /// Of an object that no controller has looked at ([`is_unattended`]), of a kind that nothing here reconciles.
    pub fn unattended(kind: &str) -> Health {
        let controller = attendance::controller(kind).unwrap_or("one");
        Health::in_progress(
            "NoController",
            format!(
                "no controller for {kind} has answered, and Tenter runs none for it; install {controller}, or go on \
                 without by --assume-ready {kind}"
            ),
        )
    }
}

/// By which rules health is judged.
#[derive(Debug, Clone)]
pub enum Rules {
    /// Those of Flux, under the users' own.
    Flux(Arc<[HealthRule]>),
    /// Those of Helm 3: few, and everything else is ready once it exists (`spec.waitStrategy.name: legacy`).
    Helm,
}

impl Rules {
    /// The health of `object` at `now`.
    pub fn assess(&self, object: &Value, now: Timestamp) -> Health {
        match self {
            Rules::Flux(expressions) => assess(object, expressions, now),
            Rules::Helm => helm::assess(object),
        }
    }

    /// Whether an object that no controller has looked at has to wait for one.
    pub fn wait_for_controllers(&self) -> bool {
        match self {
            Rules::Flux(_) => true,
            Rules::Helm => false,
        }
    }
}

/// The health of `object` at `now`, by Flux's rules. A user's rule for its kind (or its whole group) replaces the built-in ones.
pub fn assess(object: &Value, rules: &[HealthRule], now: Timestamp) -> Health {
    if object["metadata"]["deletionTimestamp"].as_str().is_some_and(|time| !time.is_empty()) {
        return Health::of(Status::Terminating, "", "Resource scheduled for deletion");
    }
    match rule::for_object(rules, object) {
        Some(rule) => rule.assess(object),
        None => generic::assess(object, now),
    }
}
