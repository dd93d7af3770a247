use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::fields::{self, Element, Node};

/// The fields of one object that we own, with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    fields: Box<str>,
    values: Box<str>,
}

impl Owned {
    /// What `manager` applied to `live`; none if it never did.
    pub fn of(live: &Value, manager: &str) -> Option<Owned> {
        let owned = fields::applied_by(live, manager)?["fieldsV1"].as_object().filter(|node| !fields::is_leaf(node))?;
        let values = project(owned, live).unwrap_or_default().to_string();
        Some(Owned { fields: Value::Object(owned.clone()).to_string().into(), values: values.into() })
    }

    /// A digest of fields and values.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.fields.as_bytes());
        digest.update([0]);
        digest.update(self.values.as_bytes());
        digest.finalize().into()
    }

    /// Whether `live` still has these values in these fields.
    pub fn holds(&self, live: &Value) -> bool {
        let values = project(&self.fields(), live).unwrap_or_default().to_string();
        values.as_str() == &*self.values
    }

    pub(super) fn fields(&self) -> Node {
        serde_json::from_str(&self.fields).unwrap_or_else(|_| unreachable!("the text was made from such a map"))
    }

    pub(super) fn values(&self) -> Value {
        serde_json::from_str(&self.values).unwrap_or_else(|_| unreachable!("the text was made from a value"))
    }
}

/// The part of `value` that `node` covers; none where it covers nothing that is there. List items come in the order of
/// the node, so that their order in the list does not matter.
fn project(node: &Node, value: &Value) -> Option<Value> {
    if fields::is_leaf(node) {
        return Some(value.clone());
    }
    let mut object = Map::new();
    let mut list = Vec::new();
    for (_, element, child) in fields::inside(node) {
        match element {
            Element::Field(name) => {
                if let Some(projected) = value.get(name).and_then(|value| project(child, value)) {
                    object.insert(name.to_owned(), projected);
                }
            }
            Element::Key(key) => {
                if let Some((_, item)) = fields::item_with(value, &key) {
                    list.push(keyed(key, project(child, item)));
                }
            }
            Element::Member(member) => {
                if value.as_array().is_some_and(|items| items.iter().any(|item| fields::same(item, &member))) {
                    list.push(member);
                }
            }
            Element::Itself | Element::Other => {}
        }
    }
    match value {
        Value::Array(_) => Some(Value::Array(list)),
        Value::Object(_) => Some(Value::Object(object)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

/// A projected list item together with its key.
fn keyed(key: Map<String, Value>, projected: Option<Value>) -> Value {
    let mut item = key;
    if let Some(Value::Object(fields)) = projected {
        item.extend(fields);
    }
    Value::Object(item)
}
