//! `fieldsV1` as a tree that can be walked next to an object.

use serde_json::{Map, Value};

/// A node of `fieldsV1`: the field itself (`.`) and what is owned inside it.
pub(super) type Node = Map<String, Value>;

/// What a member of a node stands for.
pub(super) enum Element<'a> {
    /// The node itself is owned.
    Itself,
    /// The entry of an object.
    Field(&'a str),
    /// The item of a keyed list with these values.
    Key(Map<String, Value>),
    /// The item of a set.
    Member(Value),
    /// Anything else: an item by position, which no API server writes for stored objects.
    Other,
}

impl Element<'_> {
    pub(super) fn of(member: &str) -> Element<'_> {
        match member.split_once(':') {
            None if member == "." => Element::Itself,
            Some(("f", name)) => Element::Field(name),
            Some(("k", key)) => serde_json::from_str(key).map_or(Element::Other, Element::Key),
            Some(("v", value)) => serde_json::from_str(value).map_or(Element::Other, Element::Member),
            Some(_) | None => Element::Other,
        }
    }
}

/// Whether a node has nothing inside: it is owned as one value.
pub(super) fn is_leaf(node: &Node) -> bool {
    node.keys().all(|member| member == ".")
}

/// The elements inside a node with their own nodes.
pub(super) fn inside(node: &Node) -> impl Iterator<Item = (&str, Element<'_>, &Node)> {
    node.iter().filter_map(|(member, child)| match Element::of(member) {
        Element::Itself => None,
        element => Some((member.as_str(), element, child.as_object()?)),
    })
}

/// The `managedFields` entry of what `manager` applied to the object itself.
pub(super) fn applied_by<'a>(object: &'a Value, manager: &str) -> Option<&'a Value> {
    entries(object).iter().find(|entry| is_ours(entry, manager))
}

/// Whether an entry is what `manager` applied to the object itself.
pub(super) fn is_ours(entry: &Value, manager: &str) -> bool {
    entry["manager"] == manager && entry["operation"] == "Apply" && text(entry, "subresource").is_empty()
}

/// All entries of `managedFields`.
pub(super) fn entries(object: &Value) -> &[Value] {
    object["metadata"]["managedFields"].as_array().map_or(&[], Vec::as_slice)
}

/// A text field of an entry, empty where it is missing.
pub(super) fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or_default()
}

/// Whether a list item has the values of a key.
pub(super) fn has_key(item: &Value, key: &Map<String, Value>) -> bool {
    key.iter().all(|(field, value)| item.get(field).is_some_and(|found| same(found, value)))
}

/// The item of a list that has a key, with its position.
pub(super) fn item_with<'a>(list: &'a Value, key: &Map<String, Value>) -> Option<(usize, &'a Value)> {
    list.as_array()?.iter().enumerate().find(|(_, item)| has_key(item, key))
}

/// Whether two values are the same to the API server: numbers compare by value.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Whether a value holds nothing, so that the API server may as well leave it out.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A path for people: `spec.containers[name=web].image`, `metadata.labels[app.kubernetes.io/name]`.
pub(super) fn extend(path: &str, element: &Element<'_>) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match element {
        Element::Itself | Element::Other => path.to_owned(),
        Element::Field(name) => crate::diff::join(path, name),
        Element::Key(key) => {
            let parts: Vec<String> = key.iter().map(|(field, value)| format!("{field}={}", plain(value))).collect();
            format!("{path}[{}]", parts.join(","))
        }
        Element::Member(value) => format!("{path}[{}]", plain(value)),
    }
}

/// The fields of everybody but `manager`'s apply.
pub(super) fn of_others<'a>(object: &'a Value, manager: &str) -> Vec<&'a Node> {
    entries(object)
        .iter()
        .filter(|entry| !is_ours(entry, manager))
        .filter_map(|entry| entry["fieldsV1"].as_object())
        .collect()
}

/// Whether anybody owns something inside the value that `members` lead to: then its parts have owners of their own, and
/// holding it empty claims none of them.
pub(super) fn is_shared<S: AsRef<str>>(others: &[&Node], members: &[S]) -> bool {
    others.iter().any(|fields| {
        let mut node = Some(*fields);
        for member in members {
            node = node.and_then(|node| node.get(member.as_ref())).and_then(Value::as_object);
        }
        node.is_some_and(|node| !is_leaf(node))
    })
}
