//! A small language for structural schemas, so that a kind reads like its own documentation.

use serde_json::{Map, Value, json};

/// A structural schema under construction.
#[derive(Debug, Clone)]
pub(super) struct Schema(Value);

/// One field of an object.
pub(super) struct Field {
    name: &'static str,
    schema: Schema,
    presence: Presence,
}

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Required,
    Optional,
}

/// A field that must be there.
pub(super) fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, presence: Presence::Required }
}

/// A field that may be left out.
pub(super) fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, presence: Presence::Optional }
}

/// An object with these fields and no others.
pub(super) fn object(fields: impl IntoIterator<Item = Field>) -> Schema {
    let mut properties = Map::new();
    let mut names = Vec::new();
    for field in fields {
        if field.presence == Presence::Required {
            names.push(field.name);
        }
        properties.insert(field.name.to_owned(), field.schema.0);
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !names.is_empty() {
        schema["required"] = json!(names);
    }
    Schema(schema)
}

/// An object with these fields, which keeps any others as they are written.
pub(super) fn open(fields: impl IntoIterator<Item = Field>) -> Schema {
    object(fields).with("x-kubernetes-preserve-unknown-fields", true)
}

/// A text.
pub(super) fn string() -> Schema {
    Schema(json!({"type": "string"}))
}

/// One of these texts.
pub(super) fn one_of(values: &[&str]) -> Schema {
    string().with("enum", json!(values))
}

/// One of these numbers.
pub(super) fn one_of_numbers(values: &[i64]) -> Schema {
    integer().with("enum", json!(values))
}

/// `true` or `false`.
pub(super) fn boolean() -> Schema {
    Schema(json!({"type": "boolean"}))
}

/// A whole number.
pub(super) fn integer() -> Schema {
    Schema(json!({"type": "integer"}))
}

/// A number.
pub(super) fn number() -> Schema {
    Schema(json!({"type": "number"}))
}

/// A whole number or a text.
pub(super) fn int_or_string() -> Schema {
    Schema(json!({"x-kubernetes-int-or-string": true}))
}

/// Anything at all.
pub(super) fn any() -> Schema {
    Schema(json!({"x-kubernetes-preserve-unknown-fields": true}))
}

/// A list.
pub(super) fn list(items: Schema) -> Schema {
    Schema(json!({"type": "array", "items": items.0}))
}

/// A list of texts.
pub(super) fn strings() -> Schema {
    list(string())
}

/// An object whose keys are data.
pub(super) fn map(values: Schema) -> Schema {
    Schema(json!({"type": "object", "additionalProperties": values.0}))
}

/// The branches of a `oneOf` that hold when at most one of these fields is there.
fn at_most_one_of(fields: &[&str]) -> Vec<Value> {
    let branches: Vec<Value> = fields.iter().map(|field| json!({"required": [field]})).collect();
    let none = json!({"not": {"anyOf": branches}});
    std::iter::once(none).chain(branches).collect()
}

/// Labels, annotations, variables: texts by name.
pub(super) fn texts() -> Schema {
    map(string())
}

impl Schema {
    fn with(mut self, word: &str, value: impl Into<Value>) -> Schema {
        self.0[word] = value.into();
        self
    }

    /// What the field means.
    pub(super) fn about(self, text: &str) -> Schema {
        self.with("description", text)
    }

    /// What it is where it is left out.
    pub(super) fn default(self, value: impl Into<Value>) -> Schema {
        self.with("default", value)
    }

    /// The regular expression a text must match.
    pub(super) fn pattern(self, pattern: &str) -> Schema {
        self.with("pattern", pattern)
    }

    /// The shortest a text may be, in characters.
    pub(super) fn at_least_characters(self, least: u64) -> Schema {
        self.with("minLength", least)
    }

    /// The shortest and longest a text may be, in characters.
    pub(super) fn length(self, least: u64, most: u64) -> Schema {
        let schema = if least > 0 { self.with("minLength", least) } else { self };
        schema.with("maxLength", most)
    }

    /// The least a number may be.
    pub(super) fn minimum(self, least: i64) -> Schema {
        self.with("minimum", least)
    }

    /// The most a number may be.
    pub(super) fn maximum(self, most: i64) -> Schema {
        self.with("maximum", most)
    }

    /// How few items a list may have.
    pub(super) fn at_least(self, items: u64) -> Schema {
        self.with("minItems", items)
    }

    /// How many items a list may have.
    pub(super) fn at_most(self, items: u64) -> Schema {
        self.with("maxItems", items)
    }

    /// How few entries a map may have.
    pub(super) fn at_least_entries(self, entries: u64) -> Schema {
        self.with("minProperties", entries)
    }

    /// How many entries a map may have.
    pub(super) fn at_most_entries(self, entries: u64) -> Schema {
        self.with("maxProperties", entries)
    }

    /// `null` stands for absence.
    pub(super) fn nullable(self) -> Schema {
        self.with("nullable", true)
    }

    /// The format of a text or number.
    pub(super) fn format(self, format: &str) -> Schema {
        self.with("format", format)
    }

    /// No item of a list is there twice.
    pub(super) fn set(self) -> Schema {
        self.with("x-kubernetes-list-type", "set")
    }

    /// The fields that tell the items of a list apart.
    pub(super) fn keyed_by(self, keys: &[&str]) -> Schema {
        self.with("x-kubernetes-list-type", "map").with("x-kubernetes-list-map-keys", json!(keys))
    }

    /// A rule in CEL, and what to say where it does not hold.
    pub(super) fn rule(mut self, rule: &str, message: &str) -> Schema {
        let rule = json!({"rule": rule, "message": message});
        match self.0.get_mut("x-kubernetes-validations").and_then(Value::as_array_mut) {
            Some(rules) => rules.push(rule),
            None => self.0["x-kubernetes-validations"] = json!([rule]),
        }
        self
    }

    /// Exactly one of these sets of fields must be there.
    pub(super) fn exactly_one_of(self, sets: &[&[&str]]) -> Schema {
        let branches: Vec<Value> = sets.iter().map(|fields| json!({"required": fields})).collect();
        self.with("oneOf", branches)
    }

    /// At most one of these fields may be there.
    pub(super) fn at_most_one_of(self, fields: &[&str]) -> Schema {
        self.with("oneOf", at_most_one_of(fields))
    }

    /// Of every group of fields at most one may be there.
    pub(super) fn at_most_one_of_each(self, groups: &[&[&str]]) -> Schema {
        let groups: Vec<Value> = groups.iter().map(|fields| json!({"oneOf": at_most_one_of(fields)})).collect();
        self.with("allOf", groups)
    }

    /// The finished JSON.
    pub(super) fn into_value(self) -> Value {
        self.0
    }
}
