//! Whether an object has become what it was told to be.
//!
//! The rules for built-in kinds are kstatus' (fluxcd/cli-utils `pkg/kstatus`), with Flux's stricter one for Jobs; rules
//! for Flagger, Istio and Gateway API kinds are ours; users add their own as CEL (`spec.healthCheckExprs`).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use manifest::ObjectId;
use serde_json::Value;

use crate::expression::{Expression, ExpressionError};

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
    /// Of an object that does not exist.
    pub fn not_found() -> Health {
        Health {
            status: Status::NotFound,
            reason: "NotFound".to_owned(),
            message: "Resource not found".to_owned(),
            recheck: None,
        }
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
}

/// A user's expressions for one kind (`spec.healthCheckExprs[]`).
#[derive(Debug, Clone)]
pub struct HealthRule {
    group: String,
    kind: Option<String>,
    current: Expression,
    in_progress: Option<Expression>,
    failed: Option<Expression>,
}

/// A `healthCheckExprs` entry that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HealthRuleError {
    /// `current` is missing.
    #[error("healthCheckExprs[{index}] needs the expression `current`")]
    CurrentMissing {
        /// Position of the entry.
        index: usize,
    },
    /// Two entries are for the same kind.
    #[error("healthCheckExprs[{index}] is the second one for {subject}; merge it with the first")]
    Duplicate {
        /// Position of the second entry.
        index: usize,
        /// The kind.
        subject: String,
    },
    /// An expression does not compile.
    #[error("healthCheckExprs[{index}].{field}: {error}")]
    Expression {
        /// Position of the entry.
        index: usize,
        /// Which expression: `current`, `inProgress` or `failed`.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        error: ExpressionError,
    },
}

impl HealthRule {
    /// Reads and compiles `spec.healthCheckExprs`, reporting every entry that cannot be used.
    pub fn read(entries: &Value) -> Result<Vec<HealthRule>, Vec<HealthRuleError>> {
        let _ = entries;
        unimplemented!()
    }
}

/// The health of `object` at `now`. A user's rule for its kind (or its whole group) replaces the built-in ones.
pub fn assess(object: &Value, rules: &[HealthRule], now: Timestamp) -> Health {
    let _ = (object, rules, now);
    unimplemented!()
}

/// Where waiting for a set of objects stands. `Display` gives Flux's words for the status message.
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

/// Sums up: one failed object fails the whole set at once.
pub fn verdict(healths: &BTreeMap<ObjectId, Health>) -> Verdict {
    let _ = healths;
    unimplemented!()
}
