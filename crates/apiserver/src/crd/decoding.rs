//! The words that a schema consists of, and what each of them holds.
//!
//! A definition's schema describes schemas, so that no schema of ours describes it: unknown words are taken away, and values
//! of another type refused, as decoding into Go's structs does.

use serde_json::{Map, Value};

use crate::registry::FieldError;

/// What reading the schemas of a definition came to.
#[derive(Debug, Default)]
pub struct Read {
    /// Where words stood that no schema has; they are gone.
    pub unknown: Vec<String>,
    /// The first value that its word cannot hold.
    pub misfit: Option<FieldError>,
}

/// What a word holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Anything,
    Values,
    Object,
    Text,
    Texts,
    Flag,
    Number,
    Integer,
    Schema,
    Schemas,
    SchemaOrSchemas,
    SchemaOrFlag,
    /// Schemas by name; lists of names beside them.
    SchemasByName,
    Rules,
}

const WORDS: [(&str, Holds); 44] = [
    ("id", Holds::Text),
    ("$schema", Holds::Text),
    ("$ref", Holds::Text),
    ("description", Holds::Text),
    ("type", Holds::Text),
    ("format", Holds::Text),
    ("title", Holds::Text),
    ("default", Holds::Anything),
    ("maximum", Holds::Number),
    ("exclusiveMaximum", Holds::Flag),
    ("minimum", Holds::Number),
    ("exclusiveMinimum", Holds::Flag),
    ("maxLength", Holds::Integer),
    ("minLength", Holds::Integer),
    ("pattern", Holds::Text),
    ("maxItems", Holds::Integer),
    ("minItems", Holds::Integer),
    ("uniqueItems", Holds::Flag),
    ("multipleOf", Holds::Number),
    ("enum", Holds::Values),
    ("maxProperties", Holds::Integer),
    ("minProperties", Holds::Integer),
    ("required", Holds::Texts),
    ("items", Holds::SchemaOrSchemas),
    ("allOf", Holds::Schemas),
    ("oneOf", Holds::Schemas),
    ("anyOf", Holds::Schemas),
    ("not", Holds::Schema),
    ("properties", Holds::SchemasByName),
    ("additionalProperties", Holds::SchemaOrFlag),
    ("patternProperties", Holds::SchemasByName),
    ("dependencies", Holds::SchemasByName),
    ("additionalItems", Holds::SchemaOrFlag),
    ("definitions", Holds::SchemasByName),
    ("externalDocs", Holds::Object),
    ("example", Holds::Anything),
    ("nullable", Holds::Flag),
    ("x-kubernetes-preserve-unknown-fields", Holds::Flag),
    ("x-kubernetes-embedded-resource", Holds::Flag),
    ("x-kubernetes-int-or-string", Holds::Flag),
    ("x-kubernetes-list-map-keys", Holds::Texts),
    ("x-kubernetes-list-type", Holds::Text),
    ("x-kubernetes-map-type", Holds::Text),
    ("x-kubernetes-validations", Holds::Rules),
];

const RULE_WORDS: [(&str, Holds); 6] = [
    ("rule", Holds::Text),
    ("message", Holds::Text),
    ("messageExpression", Holds::Text),
    ("reason", Holds::Text),
    ("fieldPath", Holds::Text),
    ("optionalOldSelf", Holds::Flag),
];

/// Reads the schemas of a definition.
pub fn read_schemas(crd: &mut Value) -> Read {
    let mut read = Read::default();
    let versions = crd.pointer_mut("/spec/versions").and_then(Value::as_array_mut);
    for (index, version) in versions.into_iter().flatten().enumerate() {
        if let Some(schema) = version.pointer_mut("/schema/openAPIV3Schema") {
            read.value(schema, Holds::Schema, &format!("spec.versions[{index}].schema.openAPIV3Schema"));
        }
    }
    read
}

impl Read {
    fn fields(&mut self, fields: &mut Map<String, Value>, words: &[(&str, Holds)], path: &str) {
        fields.retain(|name, value| {
            let path = format!("{path}.{name}");
            let Some((_, holds)) = words.iter().find(|(word, _)| word == name) else {
                self.unknown.push(path);
                return false;
            };
            self.value(value, *holds, &path);
            !is_nothing(*holds, name, value)
        });
    }

    fn each<'a>(&mut self, items: impl IntoIterator<Item = &'a mut Value>, holds: Holds, path: &str) {
        for (index, item) in items.into_iter().enumerate() {
            self.value(item, holds, &format!("{path}[{index}]"));
        }
    }

    fn value(&mut self, value: &mut Value, holds: Holds, path: &str) {
        let wanted = match (holds, value) {
            (Holds::Anything, _)
            | (_, Value::Null)
            | (Holds::Values, Value::Array(_))
            | (Holds::Object, Value::Object(_))
            | (Holds::Text, Value::String(_))
            | (Holds::Flag | Holds::SchemaOrFlag, Value::Bool(_))
            | (Holds::Number, Value::Number(_)) => return,
            (Holds::Integer, Value::Number(number)) if number.is_i64() => return,
            (Holds::Schema | Holds::SchemaOrSchemas | Holds::SchemaOrFlag, Value::Object(fields)) => {
                return self.fields(fields, &WORDS, path);
            }
            (Holds::Texts, Value::Array(items)) => return self.each(items, Holds::Text, path),
            (Holds::Schemas | Holds::SchemaOrSchemas, Value::Array(items)) => {
                return self.each(items, Holds::Schema, path);
            }
            (Holds::SchemasByName, Value::Object(fields)) => {
                for (name, value) in fields {
                    let holds = if value.is_array() { Holds::Texts } else { Holds::Schema };
                    self.value(value, holds, &format!("{path}.{name}"));
                }
                return;
            }
            (Holds::Rules, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    match item {
                        Value::Object(fields) => self.fields(fields, &RULE_WORDS, &format!("{path}[{index}]")),
                        _ => self.value(item, Holds::Object, &format!("{path}[{index}]")),
                    }
                }
                return;
            }
            (Holds::Values | Holds::Texts | Holds::Schemas | Holds::Rules, other) => (other, "array"),
            (Holds::Object | Holds::Schema | Holds::SchemaOrSchemas | Holds::SchemasByName, other) => (other, "object"),
            (Holds::Text, other) => (other, "string"),
            (Holds::Flag | Holds::SchemaOrFlag, other) => (other, "boolean"),
            (Holds::Number, other) => (other, "number"),
            (Holds::Integer, other) => (other, "integer"),
        };
        let (found, wanted) = wanted;
        let message = format!("Invalid value: {found}: {path} in body must be of type {wanted}");
        self.misfit.get_or_insert_with(|| FieldError::new("FieldValueTypeInvalid", path, message));
    }
}

/// Whether a value says no more than that a word is absent, so that it is not kept.
fn is_nothing(holds: Holds, word: &str, value: &Value) -> bool {
    match (holds, value) {
        (_, Value::Null) => true,
        (Holds::Flag, Value::Bool(false)) => {
            word != "x-kubernetes-preserve-unknown-fields" && word != "optionalOldSelf"
        }
        (Holds::Text, Value::String(text)) => text.is_empty() && !word.starts_with("x-kubernetes"),
        (Holds::Values | Holds::Texts | Holds::Schemas | Holds::Rules, Value::Array(items)) => items.is_empty(),
        (Holds::SchemasByName, Value::Object(fields)) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: Value, expected: Expect) {
        let mut crd = json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}});
        let read = read_schemas(&mut crd);
        let told = read.unknown.into_iter().chain(read.misfit.map(|error| error.to_string()));
        expected.assert_eq(&told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn words_are_known_and_hold_what_they_should() {
        check(
            json!({"type": "object", "properties": {"a": {"items": [{"type": "string"}], "maxItems": 3}}}),
            expect![[""]],
        );
        check(
            json!({"dependencies": {"a": ["b"], "c": {"type": "string"}}, "default": {"any": 1}, "not": null}),
            expect![[""]],
        );
        check(
            json!({"properties": {"a": {"word": 1, "anyOf": [{"other": 2}]}}}),
            expect![[r#"
            spec.versions[0].schema.openAPIV3Schema.properties.a.anyOf[0].other
            spec.versions[0].schema.openAPIV3Schema.properties.a.word"#]],
        );
        check(
            json!({"properties": {"a": {"maxLength": "x"}}}),
            expect![[
                r#"spec.versions[0].schema.openAPIV3Schema.properties.a.maxLength: Invalid value: "x": spec.versions[0].schema.openAPIV3Schema.properties.a.maxLength in body must be of type integer"#
            ]],
        );
        check(
            json!({"properties": {"a": {"maxItems": 1.5, "nullable": "yes"}}}),
            expect![
                "spec.versions[0].schema.openAPIV3Schema.properties.a.maxItems: Invalid value: 1.5: spec.versions[0].schema.openAPIV3Schema.properties.a.maxItems in body must be of type integer"
            ],
        );
        check(
            json!({"additionalProperties": 1}),
            expect![
                "spec.versions[0].schema.openAPIV3Schema.additionalProperties: Invalid value: 1: spec.versions[0].schema.openAPIV3Schema.additionalProperties in body must be of type boolean"
            ],
        );
        check(
            json!({"properties": []}),
            expect![
                "spec.versions[0].schema.openAPIV3Schema.properties: Invalid value: []: spec.versions[0].schema.openAPIV3Schema.properties in body must be of type object"
            ],
        );
        check(
            json!({"x-kubernetes-validations": [{"rule": 1, "when": 2}, 3]}),
            expect![[r#"
            spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations[0].when
            spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations[0].rule: Invalid value: 1: spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations[0].rule in body must be of type string"#]],
        );
        check(
            json!("text"),
            expect![[
                r#"spec.versions[0].schema.openAPIV3Schema: Invalid value: "text": spec.versions[0].schema.openAPIV3Schema in body must be of type object"#
            ]],
        );
    }
}
