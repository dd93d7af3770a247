//! Test support: prints decisions, and plays them against a small cluster in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use serde_json::{Value, json};

use crate::action::{Action, Step, Story, Target};
use crate::watch::{Key, Kind, Watched};

/// When every scenario begins.
pub(crate) const START: &str = "2026-03-01T12:00:00Z";

/// An object from JSON, in namespace `default`, with a uid, generation 1 and a creation time.
pub(crate) fn object<K: Watched>(mut value: Value) -> K {
    let meta = value["metadata"].as_object_mut().unwrap();
    let name = meta["name"].as_str().unwrap().to_owned();
    for (key, value) in [
        ("namespace", json!("default")),
        ("uid", json!(format!("uid-of-{name}"))),
        ("generation", json!(1)),
        ("creationTimestamp", json!(START)),
    ] {
        meta.entry(key).or_insert(value);
    }
    serde_json::from_value(value).unwrap()
}

/// The part of an API server that controllers lean on, without the server.
pub(crate) struct Cluster {
    pub(crate) now: Timestamp,
    objects: BTreeMap<(Kind, Key), Value>,
    created: usize,
    /// What was done since the last [`Cluster::told`].
    log: String,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Self { now: START.parse().unwrap(), objects: BTreeMap::new(), created: 0, log: String::new() }
    }

    /// Puts an object there, as a user would.
    pub(crate) fn put<K: Watched>(&mut self, object: &K) {
        self.objects.insert((K::KIND, Key::of(object)), serde_json::to_value(object).unwrap());
    }

    /// Changes an object as a user would; its generation goes up.
    pub(crate) fn edit<K: Watched>(&mut self, name: &str, change: impl FnOnce(&mut K)) {
        let mut object = self.get::<K>(name).unwrap();
        change(&mut object);
        object.meta_mut().generation = object.meta().generation.map(|generation| generation + 1);
        self.put(&object);
    }

    pub(crate) fn get<K: Watched>(&self, name: &str) -> Option<K> {
        let value = self.objects.get(&(K::KIND, Key::new("default", name)))?;
        Some(serde_json::from_value(value.clone()).unwrap())
    }

    pub(crate) fn all<K: Watched>(&self) -> Vec<Arc<K>> {
        let of_kind = self.objects.iter().filter(|((kind, _), _)| *kind == K::KIND);
        of_kind.map(|(_, value)| Arc::new(serde_json::from_value(value.clone()).unwrap())).collect()
    }

    pub(crate) fn controlled_by<K: Watched>(&self, uid: &str) -> Vec<Arc<K>> {
        let controls = |owner: &OwnerReference| owner.controller == Some(true) && owner.uid == uid;
        let owners = |object: &Arc<K>| object.meta().owner_references.iter().flatten().any(controls);
        self.all::<K>().into_iter().filter(owners).collect()
    }

    pub(crate) fn remove<K: Watched>(&mut self, name: &str) {
        self.objects.remove(&(K::KIND, Key::new("default", name)));
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    /// Notes a line between the actions.
    pub(crate) fn note(&mut self, line: &str) {
        self.log.push_str(&format!("# {line}\n"));
    }

    /// What was done since this was last asked: events, creations and deletions.
    pub(crate) fn told(&mut self) -> String {
        std::mem::take(&mut self.log)
    }

    /// Carries a step out; returns whether it did anything.
    pub(crate) fn carry_out(&mut self, step: Step) -> bool {
        let acted = !step.actions.is_empty();
        for action in step.actions {
            match &action {
                Action::Create { target, object, story } => self.create(target, object, story),
                Action::Patch { target, patch } | Action::Status { target, patch } => {
                    let raises = patch.get("spec").is_some();
                    let object = self.objects.get_mut(&(target.kind, target.key.clone())).expect("patched object");
                    merge(object, patch);
                    if raises {
                        let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
                        object["metadata"]["generation"] = json!(generation + 1);
                    }
                }
                Action::Delete { target, .. } => {
                    self.log.push_str(&format!("{action}\n"));
                    self.objects.remove(&(target.kind, target.key.clone()));
                }
                Action::Event(event) => {
                    self.log.push_str(&format!("{} {}: {}\n", event.severity, event.reason, event.message));
                }
                Action::Scale { .. } | Action::Bind { .. } => self.log.push_str(&format!("{action}\n")),
            }
        }
        acted
    }

    fn create(&mut self, target: &Target, object: &Value, story: &Story) {
        self.created += 1;
        let mut object = object.clone();
        let prefix = object.pointer("/metadata/generateName").and_then(Value::as_str).unwrap_or_default();
        let name = match &*target.key.name {
            "" => format!("{prefix}{}", self.created),
            name => name.to_owned(),
        };
        let meta = &mut object["metadata"];
        meta["name"] = json!(name);
        meta["uid"] = json!(format!("uid-of-{name}-{}", self.created));
        meta["generation"] = json!(1);
        meta["creationTimestamp"] = json!(Time(self.now));
        let key = Key::new(target.key.namespace.clone(), name);
        self.log.push_str(&format!("create {} {key}\n", target.kind));
        if let Story::CreatedPod(_) = story {
            self.log.push_str(&format!("Normal SuccessfulCreate: Created pod: {}\n", key.name));
        }
        self.objects.insert((target.kind, key), object);
    }
}

/// A step as logs show it.
pub(crate) fn printed(step: &Step) -> String {
    step.actions.iter().map(|action| format!("{action}\n")).collect()
}

fn merge(object: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    for (key, value) in patch {
        match value {
            Value::Null => {
                object.as_object_mut().unwrap().remove(key);
            }
            value => merge(&mut object[key], value),
        }
    }
}

/// Gives `pod` a phase, and the Ready condition that goes with it.
pub(crate) fn set_phase(pod: &mut Pod, phase: &str, ready: &str, now: Timestamp) {
    let status = pod.status.get_or_insert_default();
    status.phase = Some(phase.to_owned());
    let conditions = status.conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "Ready");
    conditions.push(PodCondition {
        type_: "Ready".to_owned(),
        status: ready.to_owned(),
        last_transition_time: Some(Time(now)),
        ..PodCondition::default()
    });
}
