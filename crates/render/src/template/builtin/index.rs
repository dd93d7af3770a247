//! `index`, `slice`, `len`.

use crate::template::error::Failure;
use crate::template::exec::{Slot, zero};
use crate::template::value::{Unsigned, Value};

fn failure<T>(text: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::message(text))
}

/// The type that a pointer points to, or the value's own.
fn behind(value: &Value) -> String {
    value.type_name().trim_start_matches('*').to_owned()
}

/// A position in something of a length.
fn position(index: &Value, length: usize) -> Result<usize, Failure> {
    let number = match index {
        Value::Int(_, number) | Value::Duration(number) => i128::from(*number),
        Value::Uint(_, number) => i128::from(*number),
        Value::Nil => return failure("cannot index slice/array with nil"),
        other => return failure(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match usize::try_from(number) {
        Ok(position) if position <= length => Ok(position),
        _ => failure(format!("index out of range: {number}")),
    }
}

/// `index x 1 "a"`: the element of the element.
pub(super) fn index(item: Slot, indexes: &[Slot]) -> Result<Slot, Failure> {
    let mut item = item.unboxed();
    if let Slot::Invalid = item {
        return failure("index of untyped nil");
    }
    for index in indexes {
        let index = index.value();
        // Go checks against the length, and then takes the element, which is not there at the length itself.
        let at = |length: usize| {
            let position = position(index, length)?;
            if position < length { Ok(position) } else { failure("reflect: slice index out of range") }
        };
        item = match item.value() {
            Value::Nil => return failure("index of nil pointer"),
            Value::String(text) => match position(index, text.len())? {
                position if position < text.len() => byte(text[position]),
                _ => return failure("reflect: string index out of range"),
            },
            Value::Bytes(bytes) => byte(bytes[at(bytes.len())?]),
            Value::List(list) => Slot::element(list.items()[at(list.items().len())?].clone(), list.element()),
            Value::Map(map) => match index {
                Value::String(key) => match map.get(key) {
                    Some(value) => Slot::element(value, map.element()),
                    None => zero(map.element()),
                },
                Value::Nil => return failure("value is nil; should be of type string"),
                other => return failure(format!("value has type {}; should be string", other.type_name())),
            },
            other => return failure(format!("can't index item of type {}", behind(other))),
        };
    }
    Ok(item)
}

fn byte(byte: u8) -> Slot {
    Slot::Plain(Value::Uint(Unsigned::Uint8, u64::from(byte)))
}

/// `slice x 1 2`: Go's `x[1:2]`.
pub(super) fn slice(item: Slot, indexes: &[Slot]) -> Result<Slot, Failure> {
    let item = match item.unboxed() {
        Slot::Invalid => return failure("slice of untyped nil"),
        slot => slot.into_value(),
    };
    if indexes.len() > 3 {
        return failure(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match &item {
        Value::String(_) if indexes.len() == 3 => return failure("cannot 3-index slice a string"),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items().len(),
        other => return failure(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Go does not look into the interface here.
        if let Slot::Boxed(_) = index {
            return failure("cannot index slice/array with type interface {}");
        }
        *bound = position(index.value(), length)?;
    }
    let [start, end, capacity] = bounds;
    if start > end {
        return failure(format!("invalid slice index: {start} > {end}"));
    }
    if indexes.len() == 3 && end > capacity {
        return failure(format!("invalid slice index: {end} > {capacity}"));
    }
    Ok(Slot::Plain(match &item {
        Value::String(text) => Value::string(&text[start..end]),
        Value::Bytes(bytes) => Value::Bytes(bytes[start..end].into()),
        Value::List(list) => match list.part(start, end) {
            Some(part) => Value::List(part),
            None => return failure("reflect.Value.Slice: slice index out of bounds"),
        },
        _ => item,
    }))
}

/// `len x`
pub(super) fn length(item: &Slot) -> Result<Slot, Failure> {
    match item {
        Slot::Invalid => failure("reflect: call of reflect.Value.Type on zero Value"),
        Slot::Boxed(Value::Nil) => failure("len of nil pointer"),
        Slot::Boxed(value) | Slot::Plain(value) => match value.length() {
            Some(length) => Ok(Slot::Plain(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))),
            None => failure(format!("len of type {}", behind(value))),
        },
    }
}
