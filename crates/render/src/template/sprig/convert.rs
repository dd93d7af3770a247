//! Conversions that many functions share: anything as text, as a number, as a list.

use crate::template::error::Failure;
use crate::template::format::{self, float};
use crate::template::value::{Text, Unsigned, Value};

/// Anything as text: strings and bytes as they are, everything else as `%v` prints it.
pub(super) fn text(value: &Value) -> Text {
    match value {
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => Text::from(&**bytes),
        value => Text::from(format::display(value)),
    }
}

/// A list, or one value, as texts; `nil` is left out.
pub(super) fn texts(value: &Value) -> Vec<Text> {
    match value {
        Value::Nil => Vec::new(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| Text::from(byte.to_string())).collect(),
        Value::List(list) => list.items().iter().filter(|item| !matches!(item, Value::Nil)).map(text).collect(),
        value => vec![text(value)],
    }
}

/// Anything as `int64`; zero for what is no number. Text is read as Go's literals are: `0x10` and `010` too.
pub(super) fn int64(value: &Value) -> i64 {
    match value {
        Value::Int(_, value) => *value,
        Value::Uint(_, value) => value.cast_signed(),
        // As on amd64: what does not fit is the smallest number.
        Value::Float(value) if value.is_nan() || value.abs() >= 9_223_372_036_854_775_808.0 => i64::MIN,
        Value::Float(value) => *value as i64,
        Value::String(text) => parse_int(without_zero_decimals(&text.lossy())),
        Value::Bool(value) => i64::from(*value),
        Value::Nil
        | Value::Complex(..)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Object(_) => 0,
    }
}

fn parse_int(text: &str) -> i64 {
    crate::template::parse::parse_int(text).unwrap_or_default()
}

/// `1.00` without its decimals, if they are all zeros.
fn without_zero_decimals(text: &str) -> &str {
    let digits = text.trim_end_matches('0');
    match digits.strip_suffix('.') {
        Some(whole) if digits.len() < text.len() => whole,
        _ => text,
    }
}

/// Anything as `float64`; zero for what is no number.
pub(super) fn float64(value: &Value) -> f64 {
    match value {
        Value::Int(_, value) => *value as f64,
        Value::Uint(_, value) => *value as f64,
        Value::Float(value) => *value,
        Value::String(text) => float::parse(&text.lossy()).filter(|value| value.is_finite()).unwrap_or_default(),
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Nil
        | Value::Complex(..)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Object(_) => 0.0,
    }
}

/// The items of a list; `problem` starts the error for anything else.
pub(super) fn items(value: &Value, problem: &str) -> Result<Vec<Value>, Failure> {
    match value {
        Value::Nil => Err(nil_dereference()),
        Value::List(list) => Ok(list.items().to_vec()),
        Value::Bytes(bytes) => Ok(bytes.iter().map(|byte| Value::Uint(Unsigned::Uint8, u64::from(*byte))).collect()),
        other => Err(Failure::message(format!("{problem} {}", other.kind().name()))),
    }
}

/// What Go says where a function looks into `nil`.
pub(super) fn nil_dereference() -> Failure {
    Failure::message("runtime error: invalid memory address or nil pointer dereference")
}

/// Whether sprig takes the value for empty.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.is_true()
}

/// A length or count; negative ones are none.
pub(super) fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
