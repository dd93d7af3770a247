//! Numbers as Go writes them: a `float64` without a fraction has no point.

use serde_json::Value as Json;

/// The value with every whole number written as an integer.
pub(super) fn written(value: &Json) -> Json {
    match value {
        Json::Number(number) => match number.as_f64() {
            // All integers that floats have exactly.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Json::from(float as i64),
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(written).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), written(value))).collect(),
        Json::Null | Json::Bool(_) | Json::String(_) => value.clone(),
    }
}
