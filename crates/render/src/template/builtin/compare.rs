//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::rc::Rc;

use crate::template::error::Failure;
use crate::template::exec::Slot;
use crate::template::format;
use crate::template::value::Value;

/// Kinds that compare with each other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Basic<'a> {
    Bool(bool),
    Complex(f64, f64),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(&'a [u8]),
    Other,
}

impl Basic<'_> {
    fn of(value: &Value) -> Basic<'_> {
        match value {
            Value::Bool(value) => Basic::Bool(*value),
            Value::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
            Value::Int(_, value) | Value::Duration(value) => Basic::Int(*value),
            Value::Uint(_, value) => Basic::Uint(*value),
            Value::Float(value) => Basic::Float(*value),
            Value::String(text) => Basic::String(text.bytes()),
            Value::Nil | Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Time(_) | Value::Object(_) => {
                Basic::Other
            }
        }
    }
}

fn bad_type() -> Failure {
    Failure::message("invalid type for comparison")
}

fn incompatible(left: &Value, right: &Value) -> Failure {
    Failure::message(format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name()))
}

/// Whether the first value equals one of the others.
pub(super) fn equal(first: &Slot, others: &[Slot]) -> Result<bool, Failure> {
    if others.is_empty() {
        return Err(Failure::message("missing argument for comparison"));
    }
    for other in others {
        if equal_pair(first.value(), other.value())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_pair(left: &Value, right: &Value) -> Result<bool, Failure> {
    Ok(match (Basic::of(left), Basic::of(right)) {
        (Basic::Int(left), Basic::Uint(right)) | (Basic::Uint(right), Basic::Int(left)) => {
            u64::try_from(left) == Ok(right)
        }
        (Basic::Other, Basic::Other) => return equal_others(left, right),
        (a, b) if std::mem::discriminant(&a) == std::mem::discriminant(&b) => a == b,
        _ if matches!(left, Value::Nil) || matches!(right, Value::Nil) => false,
        _ => return Err(incompatible(left, right)),
    })
}

fn equal_others(left: &Value, right: &Value) -> Result<bool, Failure> {
    if is_nil(left) || is_nil(right) {
        return Ok(is_nil(left) == is_nil(right));
    }
    let shown =
        |value: &Value| String::from_utf8_lossy(&format::sprintf(b"%s", std::slice::from_ref(value))).into_owned();
    if left.kind() != right.kind() {
        return Err(Failure::message(format!(
            "non-comparable types {}: {}, {}: {}",
            shown(left),
            left.type_name(),
            right.type_name(),
            String::from_utf8_lossy(&format::display(right))
        )));
    }
    match (left, right) {
        (Value::Time(left), Value::Time(right)) => Ok(left == right),
        (Value::Object(left), Value::Object(right)) => Ok(Rc::ptr_eq(left, right)),
        _ => Err(Failure::message(format!("non-comparable type {}: {}", shown(right), right.type_name()))),
    }
}

/// Lists and maps can be `nil`, too.
fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        Value::Bool(_) | Value::Int(..) | Value::Uint(..) | Value::Float(_) | Value::Complex(..) => false,
        Value::String(_) | Value::Bytes(_) | Value::Time(_) | Value::Duration(_) | Value::Object(_) => false,
    }
}

/// Whether the first value is less than the second.
pub(super) fn less(left: &Slot, right: &Slot) -> Result<bool, Failure> {
    let (left, right) = (left.value(), right.value());
    match (Basic::of(left), Basic::of(right)) {
        (Basic::Other, _) | (_, Basic::Other) => Err(bad_type()),
        (Basic::Int(left), Basic::Uint(right)) => Ok(u64::try_from(left).map_or(true, |left| left < right)),
        (Basic::Uint(left), Basic::Int(right)) => Ok(u64::try_from(right).is_ok_and(|right| left < right)),
        (Basic::Int(left), Basic::Int(right)) => Ok(left < right),
        (Basic::Uint(left), Basic::Uint(right)) => Ok(left < right),
        (Basic::Float(left), Basic::Float(right)) => Ok(left < right),
        (Basic::String(left), Basic::String(right)) => Ok(left < right),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => Err(bad_type()),
        _ => Err(incompatible(left, right)),
    }
}

/// Whether the first value is less than or equal to the second.
pub(super) fn less_or_equal(left: &Slot, right: &Slot) -> Result<bool, Failure> {
    Ok(less(left, right)? || equal_pair(left.value(), right.value())?)
}
