//! Events: what happened to an object, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::{GroupVersionKind, Value};
use serde_json::json;

use crate::{Cluster, ClusterError, ObjectRef};

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
    /// The object it is about; its type, namespace, name and uid are taken.
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
    /// When it happened, the last time.
    pub time: Timestamp,
    /// How often it happened since it was last recorded.
    pub times: u32,
}

/// The longest message the API takes, in bytes.
const MAX_MESSAGE: usize = 1024;

impl Cluster {
    /// Records an event. An event equal to an earlier one (same object, kind, reason, message and source) counts that
    /// one up instead. Returns how often it is counted now.
    pub async fn create_event(&self, event: &Event) -> Result<u64, ClusterError> {
        let times = u64::from(event.times);
        match self.create(&event.object(), &event.source).await {
            Ok(_) => Ok(times),
            Err(ClusterError::AlreadyExists { .. }) => {
                let stored = self.get(&event.reference()).await?;
                let count = stored.map_or(0, |stored| stored["count"].as_u64().unwrap_or(1)) + times;
                match self.recount_event(event, count).await {
                    // It has just run out.
                    Err(ClusterError::NotFound { .. }) => Ok(count),
                    counted => counted,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Sets how often an event that is recorded already happened so far, the last time included.
    pub async fn recount_event(&self, event: &Event, count: u64) -> Result<u64, ClusterError> {
        let patch = json!({ "count": count, "lastTimestamp": seconds(event.time) });
        self.merge_patch(&event.reference(), &event.source, &patch).await.map(|_| count)
    }
}

impl Event {
    /// The name that it is recorded under. Equal events have equal names, so that creating one again finds the first.
    pub fn name(&self) -> String {
        let identity =
            json!([self.involved(), self.type_name(), self.reason, cut(&self.message), self.source, self.annotations]);
        let about = self.about["metadata"]["name"].as_str().unwrap_or_default();
        format!("{}.{:016x}", prefix(about), fingerprint(identity.to_string().as_bytes()))
    }

    /// Where it is recorded. Events about cluster-scoped objects live in `default`, as the API server demands.
    fn reference(&self) -> ObjectRef {
        let namespace = self.about["metadata"]["namespace"].as_str().filter(|namespace| !namespace.is_empty());
        let events = GroupVersionKind::from_api_version("v1", "Event");
        ObjectRef::new(events, namespace.unwrap_or("default"), self.name())
    }

    /// The object that it is about.
    fn involved(&self) -> Value {
        let metadata = &self.about["metadata"];
        json!({
            "apiVersion": self.about["apiVersion"],
            "kind": self.about["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        })
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }

    /// The event as the API has it.
    fn object(&self) -> Value {
        let (time, reference) = (seconds(self.time), self.reference());
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "namespace": reference.namespace,
                "name": reference.name,
                "annotations": self.annotations,
            },
            "involvedObject": self.involved(),
            "type": self.type_name(),
            "reason": self.reason,
            "message": cut(&self.message),
            "source": { "component": self.source },
            "reportingComponent": self.source,
            "reportingInstance": "",
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": self.times,
        })
    }
}

/// A time as Kubernetes writes it, in whole seconds.
fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// So much of a name that a dot and a fingerprint still fit behind it.
fn prefix(name: &str) -> &str {
    const LONGEST: usize = 253 - 17;
    let end = (0..=name.len().min(LONGEST)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name[..end].trim_end_matches(['.', '-'])
}

fn cut(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    const ELLIPSIS: &str = "…";
    let end = (0..=MAX_MESSAGE - ELLIPSIS.len()).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{ELLIPSIS}", &message[..end])
}

/// FNV-1a: names need to be spread, not secret.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}
