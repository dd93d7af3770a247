//! Custom resource definitions: versions, and fields of each.

use std::collections::BTreeMap;

use manifest::Value;

use super::{Area, Told, kind, named, pairs};

/// How deep schemas are followed. Those of real definitions are less deep.
const MAX_DEPTH: usize = 40;

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    if kind(before, after) != "CustomResourceDefinition" {
        return;
    }
    let versions = |value: &Value| value["spec"]["versions"].clone();
    let (one, other) = (versions(before), versions(after));
    for (name, (before, after)) in pairs(&named(&one, "name"), &named(&other, "name")) {
        if before.is_null() || after.is_null() {
            let what = if before.is_null() { "added" } else { "removed" };
            told.tell(Area::Definitions, format!("version {name} {what}"));
            continue;
        }
        for (member, what) in [("served", "served"), ("storage", "stored"), ("deprecated", "deprecated")] {
            told.value(Area::Definitions, &format!("{name}: {what}"), &before[member], &after[member]);
        }
        let fields = |version: &Value| {
            let mut fields = BTreeMap::new();
            collect(&version["schema"]["openAPIV3Schema"], "", MAX_DEPTH, &mut fields);
            fields
        };
        compare_fields(&name, &fields(before), &fields(after), told);
    }
}

fn compare_fields(
    version: &str,
    before: &BTreeMap<String, Shape>,
    after: &BTreeMap<String, Shape>,
    told: &mut Told<'_>,
) {
    let is_below_another = |path: &str, side: &BTreeMap<String, Shape>, other: &BTreeMap<String, Shape>| {
        // What is new as a whole is told once.
        path.match_indices(['.', '[']).any(|(at, _)| side.contains_key(&path[..at]) && !other.contains_key(&path[..at]))
    };
    for (path, shape) in after {
        match before.get(path) {
            None if is_below_another(path, after, before) => {}
            None => told.tell(Area::Definitions, format!("{version}: field {path} added{}", shape.note())),
            Some(known) if known != shape => {
                told.tell(
                    Area::Definitions,
                    format!("{version}: field {path} is{} (was{})", shape.note(), known.note()),
                );
            }
            Some(_) => {}
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path) && !is_below_another(path, before, after)) {
        told.tell(Area::Definitions, format!("{version}: field {path} removed"));
    }
}

/// What is told of a field.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    kind: String,
    presence: Presence,
    values: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

impl Shape {
    fn note(&self) -> String {
        let mut note = format!(" {}", if self.kind.is_empty() { "anything" } else { &self.kind });
        if self.presence == Presence::Required {
            note.push_str(", required");
        }
        if !self.values.is_empty() {
            note.push_str(&format!(", one of {}", self.values.join(", ")));
        }
        note
    }
}

fn collect(schema: &Value, path: &str, depth: usize, fields: &mut BTreeMap<String, Shape>) {
    if depth == 0 {
        return;
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let values = below["enum"].as_array().into_iter().flatten().map(super::shown).collect();
        let presence = if required.contains(&name.as_str()) { Presence::Required } else { Presence::Optional };
        let kind = below["type"].as_str().unwrap_or_default().to_owned();
        collect(below, &path, depth - 1, fields);
        fields.insert(path, Shape { kind, presence, values });
    }
    if !schema["items"].is_null() {
        collect(&schema["items"], &format!("{path}[]"), depth - 1, fields);
    }
    if schema["additionalProperties"].is_object() {
        collect(&schema["additionalProperties"], &format!("{path}[*]"), depth - 1, fields);
    }
}
