//! Events: what happened to an object, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::Value;
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
    /// When it happened.
    pub time: Timestamp,
}

/// The longest message the API takes, in bytes.
const MAX_MESSAGE: usize = 1024;

impl Cluster {
    /// Records an event. An event equal to an earlier one (same object, kind, reason, message and source) counts that
    /// one up instead.
    pub async fn create_event(&self, event: &Event) -> Result<(), ClusterError> {
        let object = event.object();
        match self.create(&object, &event.source).await {
            Ok(_) => Ok(()),
            Err(ClusterError::AlreadyExists { .. }) => self.count_up(&object, &event.source).await,
            Err(error) => Err(error),
        }
    }

    async fn count_up(&self, event: &Value, manager: &str) -> Result<(), ClusterError> {
        let Some(reference) = ObjectRef::of(event) else { return Ok(()) };
        let Some(stored) = self.get(&reference).await? else { return Ok(()) };
        let count = stored["count"].as_u64().unwrap_or(1) + 1;
        let patch = json!({ "count": count, "lastTimestamp": event["lastTimestamp"] });
        self.merge_patch(&reference, manager, &patch).await.map(|_| ())
    }
}

impl Event {
    /// The event as the API has it. Equal events have equal names, so that creating one again finds the first.
    fn object(&self) -> Value {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &self.about["metadata"];
        // Events about cluster-scoped objects live in `default`, as the API server demands.
        let namespace = Some(text(&metadata["namespace"])).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        let kind = match self.kind {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        };
        let message = cut(&self.message);
        let involved = json!({
            "apiVersion": self.about["apiVersion"],
            "kind": self.about["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        });
        let identity = json!([involved, kind, self.reason, message, self.source, self.annotations]).to_string();
        let time = self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "namespace": namespace,
                "name": format!("{}.{:016x}", prefix(&text(&metadata["name"])), fingerprint(identity.as_bytes())),
                "annotations": self.annotations,
            },
            "involvedObject": involved,
            "type": kind,
            "reason": self.reason,
            "message": message,
            "source": { "component": self.source },
            "reportingComponent": self.source,
            "reportingInstance": "",
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": 1,
        })
    }
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
