//! What a schema says about values to CEL: their types, and how large they can be at most.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::types::{Object, Type};

/// Bytes of the largest request (`MaxRequestSizeBytes`).
pub(crate) const LARGEST_REQUEST: u64 = 3 * 1024 * 1024;

/// Bytes of a time, a day and a duration as JSON texts, with their quotes.
const LONGEST_TIME: u64 = 32;
const SHORTEST_TIME: u64 = 21;
const DAY: u64 = 12;
const SHORTEST_DURATION: u64 = 3;

/// Words that CEL keeps for itself.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A node of a schema as expressions see it.
#[derive(Debug)]
pub struct Declared {
    pub(crate) shape: Shape,
    /// Characters or entries that a value has at most.
    pub(crate) most: u64,
    /// Bytes that a value takes at least, as JSON.
    pub(crate) least_bytes: u64,
}

/// What a value consists of.
#[derive(Debug)]
pub(crate) enum Shape {
    Scalar(Type),
    List(Arc<Declared>),
    Map(Arc<Declared>),
    /// Fields under the names that expressions have for them.
    Object {
        place: Arc<str>,
        fields: BTreeMap<String, Arc<Declared>>,
    },
}

/// Where a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At the root of an object, which has `apiVersion`, `kind` and `metadata` in any case.
    Root,
    /// Further down.
    Inside,
}

impl Position {
    /// Of a schema below others: objects inside of others are roots too, where the schema says so.
    pub fn of(schema: &Value) -> Position {
        if is_set(schema, "x-kubernetes-embedded-resource") { Position::Root } else { Position::Inside }
    }
}

impl Declared {
    /// What a schema declares; nothing if it says too little, such as one that preserves unknown fields and has no type.
    pub fn of(schema: &Value, position: Position) -> Option<Arc<Declared>> {
        declare(schema, position, "self")
    }

    /// The type of such values.
    pub fn ty(self: &Arc<Declared>) -> Type {
        match &self.shape {
            Shape::Scalar(ty) => ty.clone(),
            Shape::List(items) => Type::list(items.ty()),
            Shape::Map(values) => Type::map(Type::String, values.ty()),
            Shape::Object { place, .. } => {
                Type::Object(Object { place: Arc::clone(place), declared: Arc::clone(self) })
            }
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Arc<Declared>> {
        match &self.shape {
            Shape::Object { fields, .. } => fields.get(name),
            Shape::Scalar(_) | Shape::List(_) | Shape::Map(_) => None,
        }
    }

    /// The items of a list, or the values of a map.
    pub(crate) fn entries(&self) -> Option<&Arc<Declared>> {
        match &self.shape {
            Shape::List(entries) | Shape::Map(entries) => Some(entries),
            Shape::Scalar(_) | Shape::Object { .. } => None,
        }
    }

    /// How many values of this size a request can hold.
    pub fn most_in_a_request(&self) -> u64 {
        LARGEST_REQUEST / (self.least_bytes + 1)
    }
}

fn scalar(ty: Type, most: u64, least_bytes: u64) -> Option<Arc<Declared>> {
    Some(Arc::new(Declared { shape: Shape::Scalar(ty), most, least_bytes }))
}

/// A count of the schema; less than none counts as none.
fn count(schema: &Value, word: &str) -> Option<u64> {
    schema.get(word).and_then(Value::as_i64).map(|count| u64::try_from(count).unwrap_or(0))
}

fn is_set(schema: &Value, word: &str) -> bool {
    schema.get(word).is_some_and(|value| value == true)
}

fn below(schema: &Value, place: &str) -> Option<Arc<Declared>> {
    declare(schema, Position::of(schema), place)
}

fn declare(schema: &Value, position: Position, place: &str) -> Option<Arc<Declared>> {
    // A character may take four bytes.
    let longest = count(schema, "maxLength").map(|length| length.saturating_mul(4));
    if is_set(schema, "x-kubernetes-int-or-string") {
        return scalar(Type::Dyn, longest.unwrap_or(LARGEST_REQUEST - 2), 1);
    }
    match schema["type"].as_str()? {
        "array" => {
            let items = below(schema.get("items")?, &format!("{place}.@idx"))?;
            let most = count(schema, "maxItems").unwrap_or((LARGEST_REQUEST - 2) / (items.least_bytes + 1));
            Some(Arc::new(Declared { shape: Shape::List(items), most, least_bytes: 2 }))
        }
        "object" => match schema.get("additionalProperties").filter(|additional| additional.is_object()) {
            Some(additional) => {
                let values = below(additional, &format!("{place}.@elem"))?;
                let most = count(schema, "maxProperties").unwrap_or((LARGEST_REQUEST - 2) / (values.least_bytes + 6));
                Some(Arc::new(Declared { shape: Shape::Map(values), most, least_bytes: 2 }))
            }
            None => Some(Arc::new(object(schema, position, place))),
        },
        "string" => text(schema, longest),
        "boolean" => scalar(Type::Bool, 0, 4),
        "number" => scalar(Type::Double, 0, 1),
        "integer" => scalar(Type::Int, 0, 1),
        _ => None,
    }
}

fn text(schema: &Value, longest: Option<u64>) -> Option<Arc<Declared>> {
    match schema["format"].as_str().unwrap_or_default() {
        "byte" => scalar(Type::Bytes, count(schema, "maxLength").unwrap_or(LARGEST_REQUEST - 2), 2),
        "duration" => scalar(Type::Duration, LONGEST_TIME, SHORTEST_DURATION),
        "date" => scalar(Type::Timestamp, DAY, DAY),
        "date-time" => scalar(Type::Timestamp, LONGEST_TIME, SHORTEST_TIME),
        _ => {
            let choices = schema["enum"].as_array().filter(|choices| !choices.is_empty());
            let chosen = choices.map(|choices| {
                choices.iter().filter_map(Value::as_str).map(|choice| choice.len() as u64).max().unwrap_or(0)
            });
            scalar(Type::String, longest.or(chosen).unwrap_or(LARGEST_REQUEST - 2), 2)
        }
    }
}

fn object(schema: &Value, position: Position, place: &str) -> Declared {
    let mut fields = BTreeMap::new();
    let mut least_bytes: u64 = 2;
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = json!({"type": "string"});
    let metadata = json!({"type": "object", "properties": {"name": text, "generateName": text}});
    let given = [("apiVersion", &text), ("kind", &text), ("metadata", &metadata)];
    let given = given.into_iter().filter(|_| position == Position::Root && !says_what_every_object_has(schema));
    let written = schema["properties"].as_object().into_iter().flatten();
    let written = written.map(|(name, property)| (name.as_str(), property));
    // What every object has is put in place of what is written about it.
    let properties: BTreeMap<&str, &Value> = written.chain(given).collect();
    for (name, property) in properties {
        let escaped = escape(name);
        let below_name = escaped.as_deref().unwrap_or(name);
        let Some(field) = below(property, &format!("{place}.{below_name}")) else { continue };
        let is_required = required.iter().any(|required| required == name);
        if is_required && property.get("default").is_none_or(Value::is_null) {
            least_bytes += name.len() as u64 + field.least_bytes + 4;
        }
        if let Some(escaped) = escaped {
            fields.insert(escaped, field);
        }
    }
    Declared { shape: Shape::Object { place: place.into(), fields }, most: 0, least_bytes }
}

/// Whether a schema itself has all of what objects have in any case.
fn says_what_every_object_has(schema: &Value) -> bool {
    let texts = ["/apiVersion", "/kind", "/metadata/properties/name", "/metadata/properties/generateName"];
    texts.iter().all(|place| schema["properties"].pointer(&format!("{place}/type")).is_some_and(|ty| ty == "string"))
}

/// What a field is called in expressions; nothing if it cannot be named there.
pub(crate) fn escape(name: &str) -> Option<String> {
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    name.chars().all(is_known).then(|| {
        name.replace("__", "__underscores__").replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_so_that_expressions_can_say_them() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(escape(name).as_deref(), expected, "{name}");
        check("replicas", Some("replicas"));
        check("a_b", Some("a_b"));
        check("a__b", Some("a__underscores__b"));
        check("app.kubernetes.io/name", Some("app__dot__kubernetes__dot__io__slash__name"));
        check("x-y", Some("x__dash__y"));
        check("namespace", Some("__namespace__"));
        check("1st", None);
        check("a b", None);
        check("", None);
    }

    #[test]
    fn schemas_say_how_large_values_are() {
        let check = |schema: Value, most: u64, least: u64| {
            let declared = Declared::of(&schema, Position::Inside).expect("a type");
            assert_eq!((declared.most, declared.least_bytes), (most, least), "{schema}");
        };
        check(json!({"type": "string"}), 3_145_726, 2);
        check(json!({"type": "string", "maxLength": 10}), 40, 2);
        check(json!({"type": "string", "enum": ["a", "abc"]}), 3, 2);
        check(json!({"type": "string", "format": "byte", "maxLength": 10}), 10, 2);
        check(json!({"type": "string", "format": "date"}), 12, 12);
        check(json!({"type": "array", "items": {"type": "string"}}), 1_048_575, 2);
        check(json!({"type": "array", "maxItems": 3, "items": {"type": "string"}}), 3, 2);
        check(json!({"type": "object", "additionalProperties": {"type": "string"}}), 393_215, 2);
        check(json!({"x-kubernetes-int-or-string": true}), 3_145_726, 1);
        check(
            json!({"type": "object", "required": ["name", "kept"], "properties": {
                "name": {"type": "string"}, "kept": {"type": "string", "default": "a"}, "free": {"type": "string"},
            }}),
            0,
            12,
        );
        assert!(Declared::of(&json!({"x-kubernetes-preserve-unknown-fields": true}), Position::Inside).is_none());
        let root = Declared::of(&json!({"type": "object"}), Position::Root).expect("a type");
        assert!(root.field("metadata").and_then(|metadata| metadata.field("name")).is_some());
    }
}
