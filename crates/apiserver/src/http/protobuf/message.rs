//! Messages by the table.

use serde_json::{Map, Value};

use super::ProtobufError;
use super::scalar::{self, Precision, wrong};
use super::table::{Field, Kind, MessageId, Shape, Table, Zero};
use super::wire::{Fields, Wire, varint};

/// How deep messages may stand in messages: no kind of the table needs half of it.
const DEPTH: usize = 64;

/// The fields of a message as JSON; `place` names it in errors. Fields that the table does not have are those of a newer
/// client, and left out, as a server of this version would.
pub(super) fn decode(
    table: &Table,
    message: MessageId,
    bytes: &[u8],
    place: &str,
) -> Result<Map<String, Value>, ProtobufError> {
    let mut object = Map::new();
    Decoder { table, depth: 0 }.message(message, bytes, place, &mut object)?;
    Ok(object)
}

#[derive(Clone, Copy)]
struct Decoder<'t> {
    table: &'t Table,
    depth: usize,
}

impl Decoder<'_> {
    fn message(
        self,
        message: MessageId,
        bytes: &[u8],
        place: &str,
        object: &mut Map<String, Value>,
    ) -> Result<(), ProtobufError> {
        if self.depth >= DEPTH {
            return Err(ProtobufError::TooDeep { limit: DEPTH });
        }
        let inner = Decoder { depth: self.depth + 1, ..self };
        for found in Fields::of(bytes, place) {
            let (number, wire) = found?;
            if let Some(field) = self.table.find_field(message, number) {
                inner.field(field, wire, place, object)?;
            }
        }
        Ok(())
    }

    fn field(
        self,
        field: &Field,
        wire: Wire<'_>,
        parent: &str,
        object: &mut Map<String, Value>,
    ) -> Result<(), ProtobufError> {
        let place = format!("{parent}.{}", field.name);
        let name = field.name.to_owned();
        match (field.shape, field.kind, wire) {
            (Shape::Inline, Kind::Message(message), Wire::Bytes(bytes)) => {
                self.message(message, bytes, parent, object)?;
            }
            (Shape::Inline, _, wire) => return Err(wrong(wire, &place)),
            // The parts of a message that stands there twice are those of one.
            (Shape::One, Kind::Message(message), Wire::Bytes(bytes)) => {
                let value = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(fields) = value {
                    self.message(message, bytes, &place, fields)?;
                }
            }
            (Shape::One, kind, wire) => {
                let value = self.value(kind, wire, &place)?;
                if value.is_null() || (field.zero == Zero::Absent && is_zero(kind, &value)) {
                    object.remove(&name);
                } else {
                    object.insert(name, value);
                }
            }
            (Shape::List, kind, wire) => {
                let mut items = match (kind, wire) {
                    (Kind::Int | Kind::Bool, Wire::Bytes(packed)) => self.packed(kind, packed, &place)?,
                    (kind, wire) => vec![self.value(kind, wire, &place)?],
                };
                if let Value::Array(list) = object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    list.append(&mut items);
                }
            }
            (Shape::Map, kind, Wire::Bytes(entry)) => {
                let (key, value) = self.entry(kind, entry, &place)?;
                if let Value::Object(entries) = object.entry(name).or_insert_with(|| Value::Object(Map::new())) {
                    entries.insert(key, value);
                }
            }
            (Shape::Map, _, wire) => return Err(wrong(wire, &place)),
        }
        Ok(())
    }

    fn packed(self, kind: Kind, mut packed: &[u8], place: &str) -> Result<Vec<Value>, ProtobufError> {
        let mut items = Vec::new();
        while !packed.is_empty() {
            items.push(self.value(kind, Wire::Varint(varint(&mut packed, place)?), place)?);
        }
        Ok(items)
    }

    /// `key = 1`, `value = 2`; either may be left out for its zero.
    fn entry(self, kind: Kind, entry: &[u8], place: &str) -> Result<(String, Value), ProtobufError> {
        let (mut key, mut value) = (String::new(), None);
        for field in Fields::of(entry, place) {
            match field? {
                (1, Wire::Bytes(bytes)) => key = scalar::text(bytes, place)?,
                (1, other) => return Err(wrong(other, place)),
                (2, wire) => value = Some(self.value(kind, wire, place)?),
                (_, _) => {}
            }
        }
        let value = match (value, kind) {
            (Some(value), _) => value,
            (None, Kind::Int | Kind::Bool) => self.value(kind, Wire::Varint(0), place)?,
            (None, _) => self.value(kind, Wire::Bytes(&[]), place)?,
        };
        Ok((key, value))
    }

    fn value(self, kind: Kind, wire: Wire<'_>, place: &str) -> Result<Value, ProtobufError> {
        let bytes = match (kind, wire) {
            (Kind::Int, Wire::Varint(number)) => return Ok(scalar::signed(number).into()),
            (Kind::Bool, Wire::Varint(number)) => return Ok((number != 0).into()),
            (Kind::Int | Kind::Bool, other) => return Err(wrong(other, place)),
            (_, Wire::Bytes(bytes)) => bytes,
            (_, other) => return Err(wrong(other, place)),
        };
        match kind {
            // These returned above.
            Kind::Int | Kind::Bool => Err(wrong(wire, place)),
            Kind::Text => scalar::text(bytes, place).map(Value::String),
            Kind::Bytes => Ok(scalar::base64(bytes)),
            Kind::Texts => scalar::texts(bytes, place),
            Kind::Quantity => scalar::quantity(bytes, place),
            Kind::IntOrString => scalar::int_or_string(bytes, place),
            Kind::Time => scalar::time(bytes, Precision::Seconds, place),
            Kind::MicroTime => scalar::time(bytes, Precision::Micros, place),
            Kind::RawJson => scalar::raw_json(bytes, place),
            Kind::Message(message) => {
                let mut object = Map::new();
                self.message(message, bytes, place, &mut object)?;
                Ok(Value::Object(object))
            }
        }
    }
}

/// Whether a value is the one that Go's zero struct has. A quantity has none: its zero is written `0`.
fn is_zero(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Text | Kind::Bytes => value == "",
        Kind::Bool => *value == Value::Bool(false),
        Kind::Int | Kind::IntOrString => value.as_i64() == Some(0),
        Kind::Texts | Kind::Quantity | Kind::Time | Kind::MicroTime | Kind::RawJson | Kind::Message(_) => false,
    }
}
