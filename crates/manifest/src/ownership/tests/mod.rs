//! Structured merge, case by case.

mod absorbing;
mod applying;
mod fields;
mod laws;
mod sets;
mod updating;

use serde_json::{Value, json};

use super::{ApplyError, Conflicts, FieldSet, ManagedFields, Operation, apply, update};
use crate::GroupVersionKind;
use crate::topology::{Topology, builtin, from_schema};

/// The type of a custom resource with one field of every kind that merges in its own way.
pub(super) fn custom() -> Topology {
    let text = json!({"type": "string"});
    let number = json!({"type": "integer"});
    from_schema(&json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "number": number, "text": text,
        "struct": {"type": "object", "properties": {"a": text, "b": text}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": text, "b": text}},
        "map": {"type": "object", "additionalProperties": text},
        "list": {"type": "array", "items": text},
        "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {"type": "object", "properties": {"port": number, "protocol": {"type": "string", "default": "TCP"}, "name": text}}},
        "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "properties": {
                "name": text, "value": text, "map": {"type": "object", "additionalProperties": text}, "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "any": {"x-kubernetes-preserve-unknown-fields": true},
    }}, "status": {"type": "object", "properties": {"phase": text}}}}))
}

pub(super) fn deployment() -> Topology {
    Topology::clone(&builtin(&GroupVersionKind::from_api_version("apps/v1", "Deployment")).expect("built in"))
}

/// An object of the custom type.
pub(super) fn object(spec: Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Test", "metadata": {"name": "test"}, "spec": spec})
}

/// A sequence of writes to one object, at times 1, 2, 3, …
pub(super) struct Script {
    topology: Topology,
    live: Option<Value>,
    time: usize,
    ignored: FieldSet,
    subresource: &'static str,
}

impl Script {
    pub(super) fn new() -> Script {
        Script::of(custom())
    }

    pub(super) fn of(topology: Topology) -> Script {
        Script { topology, live: None, time: 0, ignored: FieldSet::default(), subresource: "" }
    }

    pub(super) fn ignoring(mut self, chain: &[&str]) -> Script {
        self.ignored = FieldSet::of_names([chain]);
        self
    }

    pub(super) fn through(mut self, subresource: &'static str) -> Script {
        self.subresource = subresource;
        self
    }

    pub(super) fn starting_from(mut self, live: Value) -> Script {
        self.live = Some(live);
        self
    }

    fn write<R>(&mut self, manager: &str, write: impl FnOnce(Option<&Value>, &Operation<'_>) -> R) -> R {
        self.time += 1;
        let now = format!("2026-01-01T00:00:{:02}Z", self.time);
        let operation = Operation {
            manager,
            subresource: self.subresource,
            now: &now,
            topology: &self.topology,
            ignored: &self.ignored,
        };
        write(self.live.as_ref(), &operation)
    }

    pub(super) fn try_apply(&mut self, manager: &str, applied: Value, conflicts: Conflicts) -> Result<(), ApplyError> {
        let result = self.write(manager, |live, operation| apply(live, &applied, conflicts, operation))?;
        self.live = Some(result);
        Ok(())
    }

    #[track_caller]
    pub(super) fn apply(mut self, manager: &str, spec: Value) -> Script {
        self.try_apply(manager, object(spec), Conflicts::Fail).expect("no conflict");
        self
    }

    #[track_caller]
    pub(super) fn force(mut self, manager: &str, spec: Value) -> Script {
        self.try_apply(manager, object(spec), Conflicts::Force).expect("no error");
        self
    }

    /// An apply that must be refused: its message.
    #[track_caller]
    pub(super) fn refused(&mut self, manager: &str, spec: Value) -> String {
        self.try_apply(manager, object(spec), Conflicts::Fail).expect_err("a refusal").to_string()
    }

    pub(super) fn update(self, manager: &str, spec: Value) -> Script {
        self.update_object(manager, object(spec))
    }

    pub(super) fn update_object(mut self, manager: &str, new: Value) -> Script {
        let result = self.write(manager, |live, operation| update(live, &new, operation));
        self.live = Some(result);
        self
    }

    pub(super) fn live(&self) -> &Value {
        self.live.as_ref().expect("an object")
    }

    /// The spec, then who owns what: one line per manager.
    pub(super) fn show(&self) -> String {
        let mut lines = vec![self.live()["spec"].to_string()];
        let managed = ManagedFields::of(self.live()).expect("managed fields");
        for entry in managed.entries() {
            let time = entry.time.as_deref().and_then(|time| time.get(18..19)).unwrap_or("-");
            let mut who = format!("{} {} {time}", entry.manager, entry.operation);
            if !entry.subresource.is_empty() {
                who.push_str(&format!(" /{}", entry.subresource));
            }
            lines.push(format!("{who}: {}", entry.fields.names().join(" ")));
        }
        lines.join("\n")
    }
}
