//! What controllers decide to do: plain data, printed the same in tests and logs.

use std::fmt;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::watch::{Key, Kind, Watched};

/// What one look at one object leads to.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// To be done in this order; the first failure ends the step.
    pub(crate) actions: Vec<Action>,
    /// When to look again although nothing changed.
    pub(crate) wake: Option<Timestamp>,
}

impl Step {
    /// Adds an action.
    pub(crate) fn push(&mut self, action: impl Into<Option<Action>>) {
        self.actions.extend(action.into());
    }

    /// Looks again at `at`, or earlier if that was asked for.
    pub(crate) fn wake_at(&mut self, at: impl Into<Option<Timestamp>>) {
        self.wake = self.wake.into_iter().chain(at.into()).min();
    }
}

/// One object an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) key: Key,
    pub(crate) uid: String,
}

impl Target {
    /// The target that `object` is.
    pub(crate) fn of<K: Watched>(object: &K) -> Self {
        Self { kind: K::KIND, key: Key::of(object), uid: object.uid().unwrap_or_default() }
    }

    /// The reference events carry.
    pub(crate) fn reference(&self) -> ObjectReference {
        let present = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ObjectReference {
            api_version: Some(self.kind.api_version()),
            kind: Some(self.kind.to_string()),
            name: present(&self.key.name),
            namespace: present(&self.key.namespace),
            uid: present(&self.uid),
            ..ObjectReference::default()
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}

/// Whether an event reports normal life or a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Severity {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One sentence of the story `kubectl describe` tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) about: Target,
    /// The part of the object, such as `spec.containers{app}`.
    pub(crate) field: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Event {
    /// Something ordinary happened to `object`.
    pub(crate) fn normal<K: Watched>(object: &K, reason: &'static str, message: impl Into<String>) -> Self {
        let about = Target::of(object);
        Self { about, field: None, severity: Severity::Normal, reason, message: message.into() }
    }

    /// Something went wrong with `object`.
    pub(crate) fn warning<K: Watched>(object: &K, reason: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::normal(object, reason, message) }
    }
}

impl From<Event> for Option<Action> {
    fn from(event: Event) -> Self {
        Some(Action::Event(event))
    }
}

/// What is told, and about whom, when an object was created or could not be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Story {
    /// Nothing.
    Silent,
    /// `SuccessfulCreate` or `FailedCreate` on the owner, as ReplicaSets, DaemonSets and Jobs tell of their pods.
    CreatedPod(Target),
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Creates an object.
    Create { target: Target, object: Box<Value>, story: Story },
    /// Merges a JSON merge patch into the main resource.
    Patch { target: Target, patch: Value },
    /// Merges a JSON merge patch into the status subresource.
    Status { target: Target, patch: Value },
    /// Sets the replicas through the scale subresource.
    Scale { target: Target, replicas: i32 },
    /// Puts a pod on the node.
    Bind { pod: Target, node: String },
    /// Deletes an object, unless another has taken its name; pods get this grace, in seconds.
    Delete { target: Target, grace: Option<u32> },
    /// Tells of something.
    Event(Event),
}

impl Action {
    /// Creates `object`.
    pub(crate) fn create<K: Watched>(object: &K, story: Story) -> Option<Self> {
        let value = serde_json::to_value(object);
        // The API's own types always serialise: they hold strings, numbers, maps and lists only.
        value.ok().map(|value| Self::Create { target: Target::of(object), object: Box::new(value), story })
    }

    /// Deletes `object` the way its kind is usually deleted.
    pub(crate) fn delete<K: Watched>(object: &K) -> Self {
        Self::Delete { target: Target::of(object), grace: None }
    }

    /// Brings `object`, as it is, to `desired` in metadata and everything but status; `None` if nothing differs.
    pub(crate) fn update<K: Watched>(object: &K, desired: &K) -> Option<Self> {
        let (mut old, mut new) = (serde_json::to_value(object).ok()?, serde_json::to_value(desired).ok()?);
        for side in [&mut old, &mut new] {
            if let Some(fields) = side.as_object_mut() {
                fields.remove("status");
            }
        }
        let patch = difference(&old, &new)?;
        Some(Self::Patch { target: Target::of(object), patch })
    }

    /// Brings the status of `object` from `old` to `new`; `None` if nothing differs.
    pub(crate) fn status<K: Watched, S: Serialize>(object: &K, old: &Option<S>, new: &S) -> Option<Self> {
        let old = old.as_ref().map_or_else(|| Some(json!({})), |old| serde_json::to_value(old).ok())?;
        let patch = difference(&old, &serde_json::to_value(new).ok()?)?;
        Some(Self::Status { target: Target::of(object), patch: json!({ "status": patch }) })
    }
}

/// The JSON merge patch that leads from `old` to `new`; `None` if they are equal.
fn difference(old: &Value, new: &Value) -> Option<Value> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let removed = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
            let changed = new.iter().filter_map(|(key, value)| {
                let patch = match old.get(key) {
                    Some(before) => difference(before, value),
                    None => Some(value.clone()),
                };
                Some((key.clone(), patch?))
            });
            let patch: Map<String, Value> = removed.chain(changed).collect();
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        (old, new) => (old != new).then(|| new.clone()),
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { target, object, .. } if target.key.name.is_empty() => {
                let prefix = object.pointer("/metadata/generateName").and_then(Value::as_str).unwrap_or_default();
                write!(f, "create {} {}/{prefix}*", target.kind, target.key.namespace)
            }
            Self::Create { target, .. } => write!(f, "create {target}"),
            Self::Patch { target, patch } => write!(f, "patch {target} {patch}"),
            Self::Status { target, patch } => write!(f, "status {target} {}", patch["status"]),
            Self::Scale { target, replicas } => write!(f, "scale {target} to {replicas}"),
            Self::Bind { pod, node } => write!(f, "bind {pod} to {node}"),
            Self::Delete { target, grace: None } => write!(f, "delete {target}"),
            Self::Delete { target, grace: Some(grace) } => write!(f, "delete {target} within {grace}s"),
            Self::Event(event) => {
                write!(f, "event {} {} {}: {}", event.severity, event.about.kind, event.reason, event.message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(old: Value, new: Value, expected: Expect) {
        expected.assert_eq(&difference(&old, &new).map_or("equal".to_owned(), |patch| patch.to_string()));
    }

    #[test]
    fn difference_is_the_smallest_merge_patch() {
        check(json!({}), json!({}), expect!["equal"]);
        check(json!({"a": 1}), json!({"a": 1}), expect!["equal"]);
        check(json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3}), expect![[r#"{"b":3}"#]]);
        check(json!({"a": 1, "b": 2}), json!({"a": 1}), expect![[r#"{"b":null}"#]]);
        check(json!({"a": {"x": 1, "y": 2}}), json!({"a": {"x": 1}}), expect![[r#"{"a":{"y":null}}"#]]);
        check(json!({"a": [1, 2]}), json!({"a": [1]}), expect![[r#"{"a":[1]}"#]]);
        check(json!({}), json!({"a": {"x": 1}}), expect![[r#"{"a":{"x":1}}"#]]);
        check(json!({"a": {}}), json!({"a": null}), expect![[r#"{"a":null}"#]]);
    }
}
