//! Writes what the decoder reads, by the same table.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::MAGIC;
use super::super::table::{Kind, MessageId, Shape, Table};

/// A whole body.
pub(super) fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
    let mut type_meta = Vec::new();
    bytes(1, api_version.as_bytes(), &mut type_meta);
    bytes(2, kind.as_bytes(), &mut type_meta);
    let mut body = MAGIC.to_vec();
    bytes(1, &type_meta, &mut body);
    bytes(2, object, &mut body);
    body
}

/// The fields of `object` that a message has.
pub(super) fn message(table: &Table, id: MessageId, object: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for field in table.fields(id) {
        let value = object.get(field.name);
        match (field.shape, value) {
            (Shape::Inline, _) => {
                let Kind::Message(inner) = field.kind else { panic!("{field:?} is no message") };
                bytes(field.number, &message(table, inner, object), &mut out);
            }
            (Shape::One, Some(value)) => one(table, field.number, field.kind, value, &mut out),
            (Shape::List, Some(Value::Array(items))) => {
                items.iter().for_each(|item| one(table, field.number, field.kind, item, &mut out));
            }
            (Shape::Map, Some(Value::Object(entries))) => {
                for (key, value) in entries {
                    let mut entry = Vec::new();
                    bytes(1, key.as_bytes(), &mut entry);
                    one(table, 2, field.kind, value, &mut entry);
                    bytes(field.number, &entry, &mut out);
                }
            }
            (_, None) => {}
            (_, Some(other)) => panic!("{field:?} cannot hold {other}"),
        }
    }
    out
}

fn one(table: &Table, number: u64, kind: Kind, value: &Value, out: &mut Vec<u8>) {
    let mut inner = Vec::new();
    let integer = || value.as_i64().expect("a number").cast_unsigned();
    let string = || value.as_str().expect("a text");
    match kind {
        Kind::Int => return varint_field(number, integer(), out),
        Kind::Bool => return varint_field(number, u64::from(value == true), out),
        Kind::Text => return bytes(number, string().as_bytes(), out),
        Kind::Bytes => return bytes(number, &STANDARD.decode(string()).expect("base64"), out),
        Kind::Texts => {
            let items = value.as_array().into_iter().flatten();
            items.for_each(|item| bytes(1, item.as_str().expect("a text").as_bytes(), &mut inner));
        }
        Kind::Quantity => bytes(1, string().as_bytes(), &mut inner),
        Kind::IntOrString => match value {
            Value::String(text) => {
                varint_field(1, 1, &mut inner);
                bytes(3, text.as_bytes(), &mut inner);
            }
            _ => varint_field(2, integer(), &mut inner),
        },
        Kind::Time | Kind::MicroTime => {
            let time: Timestamp = string().parse().expect("a time");
            varint_field(1, time.as_second().cast_unsigned(), &mut inner);
            varint_field(2, i64::from(time.subsec_nanosecond()).cast_unsigned(), &mut inner);
        }
        Kind::RawJson => bytes(1, value.to_string().as_bytes(), &mut inner),
        Kind::Message(id) => inner = message(table, id, value.as_object().expect("an object")),
    }
    bytes(number, &inner, out);
}

pub(super) fn varint_field(number: u64, value: u64, out: &mut Vec<u8>) {
    varint(number << 3, out);
    varint(value, out);
}

pub(super) fn bytes(number: u64, content: &[u8], out: &mut Vec<u8>) {
    varint(number << 3 | 2, out);
    varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
