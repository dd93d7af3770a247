//! Single values, and the small messages that are single values in JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::ProtobufError;
use super::wire::{Fields, Wire};

pub(super) fn text(bytes: &[u8], place: &str) -> Result<String, ProtobufError> {
    let text = std::str::from_utf8(bytes).map_err(|error| invalid(place, error))?;
    Ok(text.to_owned())
}

pub(super) fn json(bytes: &[u8], place: &str) -> Result<Value, ProtobufError> {
    serde_json::from_slice(bytes).map_err(|error| invalid(place, error))
}

fn invalid(place: &str, why: impl std::fmt::Display) -> ProtobufError {
    ProtobufError::Value { place: place.to_owned(), why: why.to_string() }
}

pub(super) fn wrong(wire: Wire<'_>, place: &str) -> ProtobufError {
    ProtobufError::WireType { wire_type: wire.number(), place: place.to_owned() }
}

pub(super) fn base64(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}

/// A number on the wire stands for a signed one of 64 bits, also where its field has 32.
pub(super) fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// `repeated string items = 1`
pub(super) fn texts(bytes: &[u8], place: &str) -> Result<Value, ProtobufError> {
    let mut list = Vec::new();
    for field in Fields::of(bytes, place) {
        match field? {
            (1, Wire::Bytes(item)) => list.push(text(item, place)?.into()),
            (1, other) => return Err(wrong(other, place)),
            (_, _) => {}
        }
    }
    Ok(Value::Array(list))
}

/// `string string = 1`; without it, nothing.
pub(super) fn quantity(bytes: &[u8], place: &str) -> Result<Value, ProtobufError> {
    let mut quantity = "0".to_owned();
    for field in Fields::of(bytes, place) {
        match field? {
            (1, Wire::Bytes(found)) => quantity = text(found, place)?,
            (1, other) => return Err(wrong(other, place)),
            (_, _) => {}
        }
    }
    Ok(quantity.into())
}

/// `int64 type = 1` (0 for the number), `int32 intVal = 2`, `string strVal = 3`.
pub(super) fn int_or_string(bytes: &[u8], place: &str) -> Result<Value, ProtobufError> {
    let (mut ty, mut number, mut string) = (0, 0, String::new());
    for field in Fields::of(bytes, place) {
        match field? {
            (1, Wire::Varint(found)) => ty = found,
            (2, Wire::Varint(found)) => number = signed(found),
            (3, Wire::Bytes(found)) => string = text(found, place)?,
            (1..=3, other) => return Err(wrong(other, place)),
            (_, _) => {}
        }
    }
    match ty {
        0 => Ok(number.into()),
        1 => Ok(string.into()),
        other => Err(invalid(place, format!("it is neither a number (0) nor a text (1) but {other}"))),
    }
}

/// How exactly a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Seconds,
    Micros,
}

/// `int64 seconds = 1`, `int32 nanos = 2`; an empty message is no time.
pub(super) fn time(bytes: &[u8], precision: Precision, place: &str) -> Result<Value, ProtobufError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanos) = (0, 0);
    for field in Fields::of(bytes, place) {
        match field? {
            (1, Wire::Varint(found)) => seconds = signed(found),
            (2, Wire::Varint(found)) => nanos = signed(found),
            (1 | 2, other) => return Err(wrong(other, place)),
            (_, _) => {}
        }
    }
    let nanos = i32::try_from(nanos).map_err(|error| invalid(place, error))?;
    let time = Timestamp::new(seconds, nanos).map_err(|error| invalid(place, error))?;
    let format = match precision {
        Precision::Seconds => "%Y-%m-%dT%H:%M:%SZ",
        Precision::Micros => "%Y-%m-%dT%H:%M:%S.%6fZ",
    };
    Ok(time.strftime(format).to_string().into())
}

/// `bytes raw = 1`, which are JSON; none are nothing.
pub(super) fn raw_json(bytes: &[u8], place: &str) -> Result<Value, ProtobufError> {
    let mut value = Value::Null;
    for field in Fields::of(bytes, place) {
        match field? {
            (1, Wire::Bytes([])) => value = Value::Null,
            (1, Wire::Bytes(raw)) => value = json(raw, place)?,
            (1, other) => return Err(wrong(other, place)),
            (_, _) => {}
        }
    }
    Ok(value)
}
