use manifest::Definition;
use serde_json::{Map, Value};

use super::fields::{self, Element, Node};
use crate::diff::join;

/// Whether a live object already is what an apply would make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Applying would change nothing.
    Yes,
    /// Applying would change something, or it cannot be known without asking the API server.
    No {
        /// The fields that differ, as paths such as `spec.replicas`; empty if only their owner does.
        fields: Vec<String>,
    },
}

/// Compares a live object with a manifest, given the fields that `manager` owns.
///
/// `Yes` is certain. `No` can be wrong where the API server rewrites values (`cpu: 1000m` is stored as `1`): the dry run
/// that follows finds that out.
pub fn matches(live: &Value, desired: &Value, manager: &str) -> Match {
    let declared = declared(desired);
    let ours = fields::applied_by(live, manager).filter(|entry| entry["apiVersion"] == desired["apiVersion"]);
    let Some(owned) = ours.and_then(|entry| entry["fieldsV1"].as_object()) else {
        let mut fields = Vec::new();
        differing(&declared, live, "", &mut fields);
        return Match::No { fields };
    };
    let others = fields::of_others(live, manager);
    let mut comparison = Comparison { others, differences: Vec::new() };
    comparison.value(owned, Some(&declared), Some(live), "", &mut Vec::new());
    if comparison.differences.is_empty() { Match::Yes } else { Match::No { fields: comparison.differences } }
}

/// The manifest without what server-side apply never records an owner for.
fn declared(desired: &Value) -> Value {
    let mut declared = desired.clone();
    if let Some(object) = declared.as_object_mut() {
        object.remove("apiVersion");
        object.remove("kind");
        if Definition::of(desired).is_some() {
            object.remove("status");
        }
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in ["name", "namespace", "creationTimestamp"] {
                metadata.remove(field);
            }
            if metadata.is_empty() {
                object.remove("metadata");
            }
        }
    }
    declared
}

struct Comparison<'a> {
    /// The fields of all other managers.
    others: Vec<&'a Node>,
    differences: Vec<String>,
}

impl<'a> Comparison<'a> {
    /// Compares one value; `members` are the members of `fieldsV1` that lead to it.
    fn value(
        &mut self,
        node: &'a Node,
        desired: Option<&Value>,
        live: Option<&Value>,
        path: &str,
        members: &mut Vec<&'a str>,
    ) {
        let Some(desired) = desired else {
            return self.differences.push(path.to_owned());
        };
        let live = live.unwrap_or(&Value::Null);
        if fields::is_leaf(node) {
            let equal = fields::same(desired, live) || (fields::is_empty(desired) && fields::is_empty(live));
            if !equal || (!fields::is_empty(desired) && fields::is_shared(&self.others, members)) {
                self.differences.push(path.to_owned());
            }
            return;
        }
        match desired {
            Value::Object(desired) => self.object(node, desired, live, path, members),
            Value::Array(desired) => self.list(node, desired, live, path, members),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.differences.push(path.to_owned());
            }
        }
    }

    fn object(
        &mut self,
        node: &'a Node,
        desired: &Map<String, Value>,
        live: &Value,
        path: &str,
        members: &mut Vec<&'a str>,
    ) {
        for key in desired.keys() {
            if !node.contains_key(&format!("f:{key}")) {
                self.differences.push(join(path, key));
            }
        }
        for (member, element, child) in fields::inside(node) {
            let path = fields::extend(path, &element);
            match element {
                Element::Field(name) => {
                    members.push(member);
                    self.value(child, desired.get(name), live.get(name), &path, members);
                    members.pop();
                }
                Element::Itself | Element::Key(_) | Element::Member(_) | Element::Other => {
                    self.differences.push(path);
                }
            }
        }
    }

    fn list(&mut self, node: &'a Node, desired: &[Value], live: &Value, path: &str, members: &mut Vec<&'a str>) {
        let mut positions: Vec<Option<usize>> = vec![None; desired.len()];
        for (member, element, child) in fields::inside(node) {
            let item_path = fields::extend(path, &element);
            let (wanted, found) = match &element {
                Element::Key(key) => (only_item_for(desired, key), fields::item_with(live, key)),
                Element::Member(value) => (position(desired, value), position_in(live, value)),
                Element::Itself | Element::Field(_) | Element::Other => (None, None),
            };
            let (Some(wanted), Some((index, found))) = (wanted, found) else {
                self.differences.push(item_path);
                continue;
            };
            positions[wanted] = Some(index);
            if matches!(element, Element::Key(_)) {
                members.push(member);
                self.value(child, Some(&desired[wanted]), Some(found), &item_path, members);
                members.pop();
            }
        }
        let unowned = positions.iter().position(Option::is_none);
        if let Some(index) = unowned {
            self.differences.push(format!("{path}[{index}]"));
        } else if !positions.is_sorted() {
            self.differences.push(path.to_owned());
        }
    }
}

/// The one item that can have this key: fields that the item leaves out may be defaulted (`protocol: TCP`).
fn only_item_for(items: &[Value], key: &Map<String, Value>) -> Option<usize> {
    if let Some(exact) = items.iter().position(|item| fields::has_key(item, key)) {
        return Some(exact);
    }
    let fits = |item: &Value| {
        item.is_object()
            && key.iter().all(|(field, value)| item.get(field).is_none_or(|found| fields::same(found, value)))
    };
    let mut candidates = items.iter().enumerate().filter(|(_, item)| fits(item)).map(|(index, _)| index);
    candidates.next().filter(|_| candidates.next().is_none())
}

fn position(items: &[Value], value: &Value) -> Option<usize> {
    items.iter().position(|item| fields::same(item, value))
}

fn position_in<'v>(list: &'v Value, value: &Value) -> Option<(usize, &'v Value)> {
    list.as_array()?.iter().enumerate().find(|(_, item)| fields::same(item, value))
}

/// The declared fields whose value differs, for an object that has no record of ours.
fn differing(desired: &Value, live: &Value, path: &str, differences: &mut Vec<String>) {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            for (key, value) in desired {
                differing(value, live.get(key).unwrap_or(&Value::Null), &join(path, key), differences);
            }
        }
        (Value::Array(items), Value::Array(found)) if items.len() == found.len() => {
            for (index, (item, found)) in items.iter().zip(found).enumerate() {
                differing(item, found, &format!("{path}[{index}]"), differences);
            }
        }
        _ if fields::same(desired, live) || (fields::is_empty(desired) && fields::is_empty(live)) => {}
        _ => differences.push(path.to_owned()),
    }
}
