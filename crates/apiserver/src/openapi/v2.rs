//! OpenAPI v2: the definitions of all kinds, by which clients check the items of a `List` themselves.
//!
//! Everything else they ask version 3 for, so that the document has no paths. Clients insist on the protobuf message of
//! gnostic's `openapiv2.proto`; it is there as JSON too.

use serde_json::{Map, Value, json};

use super::{KUBERNETES_VERSION, by_group_version, definitions};
use crate::registry::{Registry, Resource};

/// Where version 3 has definitions, and where version 2 has them.
const FROM: &str = "#/components/schemas/";
const TO: &str = "#/definitions/";

/// The document as JSON.
pub(super) fn document(registry: &Registry) -> Value {
    let mut all = Map::new();
    for resources in by_group_version(registry).into_values() {
        let named: Vec<(&Resource, String)> =
            resources.iter().map(|resource| (resource.as_ref(), definitions::name_of(resource))).collect();
        if let Value::Object(definitions) = definitions::all(&named) {
            all.extend(definitions.into_iter().map(|(name, definition)| (name, translated(&definition))));
        }
    }
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": KUBERNETES_VERSION},
        "paths": {},
        "definitions": all,
    })
}

/// A schema as version 2 can say it. What it cannot say is left open.
fn translated(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else { return json!({}) };
    let mut out: Map<String, Value> = fields
        .iter()
        .filter(|(word, _)| *word == "description" || word.starts_with("x-kubernetes-"))
        .map(|(word, value)| (word.clone(), value.clone()))
        .collect();
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(name) = reference.and_then(|reference| reference.strip_prefix(FROM)) {
        out.insert("$ref".to_owned(), format!("{TO}{name}").into());
        return Value::Object(out);
    }
    let is_either = schema["oneOf"].as_array().is_some_and(|branches| branches.len() == 2)
        && schema["oneOf"][0]["type"] == "string"
        && schema.get("type").is_none();
    if is_either {
        out.insert("type".to_owned(), "string".into());
        out.insert("format".to_owned(), "int-or-string".into());
        return Value::Object(out);
    }
    let is_open = ["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"]
        .iter()
        .any(|word| schema[*word] == true);
    if is_open {
        return Value::Object(out);
    }
    for word in ["type", "format", "required"] {
        if let Some(value) = fields.get(word) {
            out.insert(word.to_owned(), value.clone());
        }
    }
    for word in ["items", "additionalProperties"] {
        if let Some(value) = fields.get(word).filter(|value| value.is_object()) {
            out.insert(word.to_owned(), translated(value));
        }
    }
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        let properties: Map<String, Value> =
            properties.iter().map(|(name, property)| (name.clone(), translated(property))).collect();
        out.insert("properties".to_owned(), properties.into());
    }
    Value::Object(out)
}

/// The document as gnostic's message.
pub(super) fn message(document: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    out.message(2, &info);
    out.message(8, &Message::default());
    out.message(9, &named(&document["definitions"]));
    out.0
}

/// Schemas by name.
fn named(schemas: &Value) -> Message {
    let mut out = Message::default();
    for (name, value) in schemas.as_object().into_iter().flatten() {
        let mut entry = Message::default();
        entry.bytes(1, name.as_bytes());
        entry.message(2, &schema(value));
        out.message(1, &entry);
    }
    out
}

fn schema(of: &Value) -> Message {
    let mut out = Message::default();
    out.text(1, &of["$ref"]);
    out.text(2, &of["format"]);
    out.text(4, &of["description"]);
    of["required"].as_array().into_iter().flatten().for_each(|name| out.text(19, name));
    if of["additionalProperties"].is_object() {
        out.message(21, &Message::of(1, &schema(&of["additionalProperties"])));
    }
    if of["type"].is_string() {
        let mut ty = Message::default();
        ty.text(1, &of["type"]);
        out.message(22, &ty);
    }
    if of["items"].is_object() {
        out.message(23, &Message::of(1, &schema(&of["items"])));
    }
    if of["properties"].is_object() {
        out.message(25, &named(&of["properties"]));
    }
    let extensions = of.as_object().into_iter().flatten().filter(|(word, _)| word.starts_with("x-"));
    for (word, value) in extensions {
        let mut text = Message::default();
        // It is read as YAML, which JSON is too.
        text.bytes(2, value.to_string().as_bytes());
        let mut entry = Message::default();
        entry.bytes(1, word.as_bytes());
        entry.message(2, &text);
        out.message(31, &entry);
    }
    out
}

/// A protobuf message that is being written: fields of bytes, texts and messages.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn of(field: u32, inner: &Message) -> Message {
        let mut out = Message::default();
        out.message(field, inner);
        out
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            // The lowest seven bits, and the sign that there are more.
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// A text, if it is one.
    fn text(&mut self, field: u32, value: &Value) {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            self.bytes(field, text.as_bytes());
        }
    }

    fn message(&mut self, field: u32, message: &Message) {
        self.bytes(field, &message.0);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn schemas_say_what_version_2_can_say() {
        let check = |schema: Value, expected: Expect| expected.assert_eq(&translated(&schema).to_string());
        check(
            json!({"description": "d", "allOf": [{"$ref": "#/components/schemas/a.B"}], "default": {}}),
            expect![[r##"{"$ref":"#/definitions/a.B","description":"d"}"##]],
        );
        check(json!({"$ref": "#/components/schemas/a.B"}), expect![[r##"{"$ref":"#/definitions/a.B"}"##]]);
        check(
            json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
            expect![[r#"{"format":"int-or-string","type":"string"}"#]],
        );
        check(
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {}}}),
            expect![[r#"{"x-kubernetes-preserve-unknown-fields":true}"#]],
        );
        check(json!({"type": "string", "nullable": true}), expect!["{}"]);
        check(
            json!({"type": "object", "required": ["a"], "properties": {
                "a": {"type": "array", "maxItems": 3, "items": {"type": "string", "pattern": "b"}},
                "c": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
            }}),
            expect![[
                r#"{"properties":{"a":{"items":{"type":"string"},"type":"array"},"c":{"additionalProperties":{"format":"int32","type":"integer"},"type":"object"}},"required":["a"],"type":"object"}"#
            ]],
        );
    }

    #[test]
    fn messages_are_written_as_gnostic_reads_them() {
        let definitions =
            json!({"a.B": {"type": "object", "x-kubernetes-x": [1], "properties": {"c": {"$ref": "#/definitions/D"}}}});
        let document = json!({"swagger": "2.0", "info": {"title": "t", "version": "v"}, "definitions": definitions});
        expect!["0a03322e3012060a01741201764200"].assert_eq(&hex::encode(&message(&document)[..15]));
        let long = json!({"description": "x".repeat(300)});
        expect!["22ac02787878"].assert_eq(&hex::encode(&schema(&long).0[..6]));
    }
}
