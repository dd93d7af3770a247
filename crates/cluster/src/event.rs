//! Events: what happened to an object, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::Value;

use crate::{Cluster, ClusterError};

/// Whether an event tells of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// It does not.
    Normal,
    /// It does.
    Warning,
}

/// One event (core/v1).
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The object it is about, whole: type, name, uid and resource version are taken from it.
    pub about: Value,
    /// Whether it tells of trouble.
    pub kind: EventType,
    /// One CamelCase word.
    pub reason: String,
    /// What happened; cut to the 1024 bytes that the API takes.
    pub message: String,
    /// Further facts, such as the revision.
    pub annotations: BTreeMap<String, String>,
    /// Who says so, such as `kustomize-controller`.
    pub source: String,
    /// When it happened.
    pub time: Timestamp,
}

impl Cluster {
    /// Records an event. An event equal to an earlier one (same object, kind, reason, message and source) counts that
    /// one up instead.
    pub async fn create_event(&self, event: &Event) -> Result<(), ClusterError> {
        let _ = event;
        unimplemented!()
    }
}
