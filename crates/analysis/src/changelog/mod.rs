//! What changed between two states of a mesh, in the words of the mesh: images, permissions, webhooks, definitions, ports,
//! traffic, settings. Two revisions of a repository or two versions of a chart can be read this way before an upgrade.

mod containers;
mod definitions;
mod permissions;
mod ports;
mod settings;
mod traffic;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use manifest::{Manifest, ObjectId, Value};
use serde::Serialize;

/// What a change is about. The order is that of a report: what can hurt most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// Who may do what, and as whom pods run.
    Permissions,
    /// Who is asked before objects are stored.
    Webhooks,
    /// Custom resources: versions and fields.
    Definitions,
    /// What containers run.
    Images,
    /// What listens where.
    Ports,
    /// How requests are routed, and who may send them.
    Traffic,
    /// Settings of containers, data of ConfigMaps, sizes.
    Settings,
    /// Objects that came or went.
    Objects,
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Area::Permissions => "Permissions",
            Area::Webhooks => "Webhooks",
            Area::Definitions => "Definitions",
            Area::Images => "Images",
            Area::Ports => "Ports",
            Area::Traffic => "Traffic",
            Area::Settings => "Settings",
            Area::Objects => "Objects",
        })
    }
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it is about.
    pub area: Area,
    /// The object.
    pub object: ObjectId,
    /// What changed, as a phrase: `container discovery: image pilot:1.28.0 → pilot:1.29.0`.
    pub text: String,
}

/// What changed from `before` to `after`, by area, object and text. Values of Secrets are never told.
pub fn changelog(before: &[Arc<Manifest>], after: &[Arc<Manifest>]) -> Vec<Change> {
    let by_id = |objects: &[Arc<Manifest>]| -> BTreeMap<ObjectId, Arc<Manifest>> {
        objects.iter().map(|object| (object.id(), object.clone())).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let mut changes = BTreeSet::new();
    let ids: BTreeSet<&ObjectId> = before.keys().chain(after.keys()).collect();
    for id in ids {
        let mut told = Told { object: id, changes: &mut changes };
        let value = |objects: &BTreeMap<ObjectId, Arc<Manifest>>| objects.get(id).map(|object| object.value.clone());
        let (one, other) = (value(&before), value(&after));
        match (&one, &other) {
            (None, Some(_)) => told.tell(Area::Objects, "added".to_owned()),
            (Some(_), None) => told.tell(Area::Objects, "removed".to_owned()),
            (Some(one), Some(other)) if one == other => continue,
            (Some(_), Some(_)) | (None, None) => {}
        }
        // A new object's permissions and webhooks are as much worth knowing as those of a changed one.
        let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
        permissions::compare(&one, &other, &mut told);
        webhooks::compare(&one, &other, &mut told);
        if !one.is_null() && !other.is_null() {
            definitions::compare(&one, &other, &mut told);
            containers::compare(&one, &other, &mut told);
            ports::compare(&one, &other, &mut told);
            traffic::compare(&one, &other, &mut told);
            settings::compare(&one, &other, &mut told);
        }
    }
    changes.into_iter().collect()
}

/// Where comparisons put what they find about one object.
struct Told<'a> {
    object: &'a ObjectId,
    changes: &'a mut BTreeSet<Change>,
}

impl Told<'_> {
    fn tell(&mut self, area: Area, text: String) {
        self.changes.insert(Change { area, object: self.object.clone(), text });
    }

    /// What is in one set only.
    fn sets(&mut self, area: Area, what: &str, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        for item in after.difference(before) {
            self.tell(area, format!("{what}{item} added"));
        }
        for item in before.difference(after) {
            self.tell(area, format!("{what}{item} removed"));
        }
    }

    /// Every scalar that is another one now, or how many they are if they are more than `most`.
    fn leaves(&mut self, area: Area, before: &Value, after: &Value, most: usize) {
        let (one, other) = (leaves(before), leaves(after));
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let changed: Vec<&String> = paths.into_iter().filter(|path| one.get(*path) != other.get(*path)).collect();
        if changed.len() > most {
            return self.tell(area, format!("{} fields changed", changed.len()));
        }
        for path in changed {
            let value = |leaves: &BTreeMap<String, Value>| leaves.get(path).cloned().unwrap_or_default();
            self.value(area, path, &value(&one), &value(&other));
        }
    }

    /// A value that is another one now.
    fn value(&mut self, area: Area, what: &str, before: &Value, after: &Value) {
        match (before.is_null(), after.is_null()) {
            _ if before == after => {}
            (true, _) => self.tell(area, format!("{what}: {} (was not set)", shown(after))),
            (_, true) => self.tell(area, format!("{what}: no longer set (was {})", shown(before))),
            (false, false) => self.tell(area, format!("{what}: {} → {}", shown(before), shown(after))),
        }
    }
}

/// The kind of an object, of whichever of the two is there.
fn kind<'v>(before: &'v Value, after: &'v Value) -> &'v str {
    let kind = |value: &'v Value| value["kind"].as_str();
    kind(after).or(kind(before)).unwrap_or_default()
}

/// The API group of an object, of whichever of the two is there.
fn group<'v>(before: &'v Value, after: &'v Value) -> &'v str {
    let version = |value: &'v Value| value["apiVersion"].as_str();
    let version = version(after).or(version(before)).unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

/// A value as people write it, cut short if it is long.
fn shown(value: &Value) -> String {
    const LENGTH: usize = 80;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', " ");
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Every scalar by its path: `http[0].route[1].weight`.
fn leaves(value: &Value) -> BTreeMap<String, Value> {
    fn collect(value: &Value, path: &str, leaves: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (name, value) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    collect(value, &path, leaves);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (position, value) in items.iter().enumerate() {
                    collect(value, &format!("{path}[{position}]"), leaves);
                }
            }
            scalar => {
                leaves.insert(path.to_owned(), scalar.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    if !value.is_null() {
        collect(value, "", &mut found);
    }
    found
}

/// The items of a list by the text of one of their members; unnamed items by their position.
fn named<'v>(list: &'v Value, member: &str) -> BTreeMap<String, &'v Value> {
    let items = list.as_array().into_iter().flatten().enumerate();
    items
        .map(|(position, item)| {
            let name = item[member].as_str().map_or_else(|| format!("#{position}"), str::to_owned);
            (name, item)
        })
        .collect()
}

/// Pairs of what has the same name in both, with null for what one of them lacks.
fn pairs<'v>(
    before: &BTreeMap<String, &'v Value>,
    after: &BTreeMap<String, &'v Value>,
) -> BTreeMap<String, (&'v Value, &'v Value)> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |side: &BTreeMap<String, &'v Value>, name: &String| side.get(name).copied().unwrap_or(&Value::Null);
    names.into_iter().map(|name| (name.clone(), (of(before, name), of(after, name)))).collect()
}

/// The kind of the pseudo-object that stands for a chart: its `metadata.name` is the chart's, `version` and `appVersion`
/// are its own, `values` its defaults.
pub const CHART: &str = "Chart";

#[cfg(test)]
mod tests;
