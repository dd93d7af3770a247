//! The declared schemas, in the form in which they are checked quickly.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use manifest::Value;
use regex::Regex;

/// One value's schema.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) kind: Type,
    pub(super) nullable: bool,
    /// Of an object: whether fields that are not declared are kept.
    pub(super) open: bool,
    properties: BTreeMap<Box<str>, Schema>,
    pub(super) required: Vec<Box<str>>,
    /// Of a map: the schema of its values.
    pub(super) values: Option<Box<Schema>>,
    /// Of a list: the schema of its items.
    pub(super) items: Option<Box<Schema>>,
    /// Of a list: the fields that tell its items apart.
    pub(super) keys: Vec<Box<str>>,
    /// Of a list: whether no item is there twice.
    pub(super) set: bool,
    /// The values that there are; empty for any.
    pub(super) known: Vec<Value>,
    pub(super) pattern: Option<Regex>,
    /// The least and the most of a number, of the characters of a text, of the items of a list, of the entries of a map.
    pub(super) number: (Option<f64>, Option<f64>),
    pub(super) characters: Bounds,
    pub(super) item_count: Bounds,
    pub(super) entries: Bounds,
    pub(super) exclusive: Vec<Exclusive>,
}

/// How few and how many.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) least: Option<usize>,
    pub(super) most: Option<usize>,
}

/// What a value is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Anything.
    #[default]
    Any,
    Object,
    List,
    Text,
    /// Text that is base64.
    Bytes,
    Integer,
    /// Of 32 bits, with a sign.
    SmallInteger,
    Number,
    Boolean,
    IntegerOrText,
}

/// Sets of fields that exclude one another.
#[derive(Debug)]
pub(super) struct Exclusive {
    pub(super) sets: Vec<Vec<Box<str>>>,
    /// Whether none of them will do too.
    pub(super) or_none: bool,
}

impl Schema {
    /// The schema of a declared field.
    pub(super) fn property(&self, name: &str) -> Option<&Schema> {
        self.properties.get(name)
    }

    /// Whether a field must be there.
    pub(super) fn requires(&self, name: &str) -> bool {
        self.required.iter().any(|required| **required == *name)
    }

    /// The declared fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.keys().map(|name| &**name)
    }

    fn read(declared: &Value) -> Schema {
        let flag = |word: &str| declared[word].as_bool().unwrap_or_default();
        let words =
            |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
        let nested = |word: &str| declared[word].is_object().then(|| Box::new(Schema::read(&declared[word])));
        let bounds = |least: &str, most: &str| {
            let count = |word: &str| declared[word].as_u64().and_then(|count| usize::try_from(count).ok());
            Bounds { least: count(least), most: count(most) }
        };
        let properties = declared["properties"].as_object().into_iter().flatten();
        let groups = declared["allOf"].as_array().into_iter().flatten().chain([declared]);
        Schema {
            kind: kind(declared),
            nullable: flag("nullable"),
            open: flag("x-kubernetes-preserve-unknown-fields"),
            properties: properties.map(|(name, schema)| (name.as_str().into(), Schema::read(schema))).collect(),
            required: words(&declared["required"]),
            values: nested("additionalProperties"),
            items: nested("items"),
            keys: words(&declared["x-kubernetes-list-map-keys"]),
            set: declared["x-kubernetes-list-type"] == "set",
            known: declared["enum"].as_array().cloned().unwrap_or_default(),
            pattern: declared["pattern"].as_str().and_then(|pattern| Regex::new(pattern).ok()),
            number: (declared["minimum"].as_f64(), declared["maximum"].as_f64()),
            characters: bounds("minLength", "maxLength"),
            item_count: bounds("minItems", "maxItems"),
            entries: bounds("minProperties", "maxProperties"),
            exclusive: groups.filter_map(exclusive).collect(),
        }
    }
}

fn kind(declared: &Value) -> Type {
    if declared["x-kubernetes-int-or-string"] == true {
        return Type::IntegerOrText;
    }
    match (declared["type"].as_str(), declared["format"].as_str()) {
        (Some("object"), _) => Type::Object,
        (Some("array"), _) => Type::List,
        (Some("string"), Some("byte")) => Type::Bytes,
        (Some("string"), _) => Type::Text,
        (Some("integer"), Some("int32")) => Type::SmallInteger,
        (Some("integer"), _) => Type::Integer,
        (Some("number"), _) => Type::Number,
        (Some("boolean"), _) => Type::Boolean,
        (Some(_) | None, _) => Type::Any,
    }
}

/// A `oneOf` whose branches only require fields.
fn exclusive(declared: &Value) -> Option<Exclusive> {
    let branches = declared["oneOf"].as_array()?;
    let sets = branches.iter().filter_map(|branch| branch["required"].as_array());
    let names = |set: &Vec<Value>| set.iter().filter_map(Value::as_str).map(Into::into).collect();
    Some(Exclusive {
        sets: sets.map(names).collect(),
        or_none: branches.iter().any(|branch| branch["not"].is_object()),
    })
}

/// By group and kind; read once, because reading them takes longer than checking a thousand objects.
static SCHEMAS: LazyLock<HashMap<(String, String), Schema>> = LazyLock::new(|| {
    let judged = |group: &str| {
        group.ends_with(".istio.io") || group.ends_with("linkerd.io") || group == "gateway.networking.k8s.io"
    };
    let definitions = kinds::crd::all().into_iter().chain(kinds::crd::linkerd());
    definitions
        .filter_map(|definition| {
            let spec = &definition["spec"];
            let (group, kind) = (spec["group"].as_str()?, spec["names"]["kind"].as_str()?);
            let schema = &spec["versions"][0]["schema"]["openAPIV3Schema"];
            judged(group).then(|| ((group.to_owned(), kind.to_owned()), Schema::read(schema)))
        })
        .collect()
});

/// The schema of a kind, the same for all of its versions.
pub(super) fn of(group: &str, kind: &str) -> Option<&'static Schema> {
    SCHEMAS.get(&(group.to_owned(), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `pattern` and `oneOf` of a declaration must have been understood.
    fn complete(declared: &Value, schema: &Schema, path: &str) {
        assert_eq!(declared["pattern"].is_string(), schema.pattern.is_some(), "{path}: pattern");
        assert_eq!(
            declared["oneOf"].is_array() || declared["allOf"].is_array(),
            !schema.exclusive.is_empty(),
            "{path}"
        );
        assert!(schema.exclusive.iter().all(|group| group.sets.len() > 1), "{path}: oneOf");
        for (name, below) in declared["properties"].as_object().into_iter().flatten() {
            complete(below, schema.property(name).expect("a field"), &format!("{path}.{name}"));
        }
        if let Some(items) = &schema.items {
            complete(&declared["items"], items, path);
        }
        if let Some(values) = &schema.values {
            complete(&declared["additionalProperties"], values, path);
        }
    }

    #[test]
    fn everything_that_is_declared_is_checked() {
        for definition in kinds::crd::all().into_iter().chain(kinds::crd::linkerd()) {
            let spec = &definition["spec"];
            let (group, kind) =
                (spec["group"].as_str().expect("a group"), spec["names"]["kind"].as_str().expect("a kind"));
            if let Some(schema) = of(group, kind) {
                complete(&spec["versions"][0]["schema"]["openAPIV3Schema"], schema, kind);
            }
        }
        assert!(SCHEMAS.len() >= 35, "{}", SCHEMAS.len());
    }
}
