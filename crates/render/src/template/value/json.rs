//! Values from JSON, and to it.

use serde_json::Number;

use super::{Map, Value};

/// Deeper values are an error: only a map that contains itself is that deep.
const MAX_DEPTH: usize = 500;

/// Why a value has no JSON form; the texts are those of Go's `encoding/json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not a number, or infinite.
    #[error("json: unsupported value: {0}")]
    UnsupportedValue(String),
    /// A complex number.
    #[error("json: unsupported type: {0}")]
    UnsupportedType(String),
    /// A map that contains itself.
    #[error("json: unsupported value: encountered a cycle via map[string]interface {{}}")]
    Cycle,
    /// A value that holds another one many times, which holds another one many times, and so on.
    #[error("json: the value has more than {MAX_NODES} parts")]
    TooLarge,
}

/// Values inside of one value, counted as often as they occur.
const MAX_NODES: usize = 1_000_000;

impl Value {
    /// A value of a values file or any other decoded JSON: every number is a `float64`.
    pub fn from_json(json: &serde_json::Value) -> Value {
        Value::from_json_with(json, &|number| Value::Float(number.as_f64().unwrap_or_default()))
    }

    /// As [`Value::from_json`], with integers as `int64`, as `--set` and live objects have them.
    pub fn from_json_with_integers(json: &serde_json::Value) -> Value {
        Value::from_json_with(json, &|number| match number.as_i64() {
            Some(integer) => Value::int64(integer),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        })
    }

    fn from_json_with(json: &serde_json::Value, number: &dyn Fn(&Number) -> Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(value) => number(value),
            serde_json::Value::String(text) => Value::string(text.as_str()),
            serde_json::Value::Array(items) => {
                Value::list(items.iter().map(|item| Value::from_json_with(item, number)).collect())
            }
            serde_json::Value::Object(members) => Value::Map(
                members
                    .iter()
                    .map(|(key, value)| (key.as_str().into(), Value::from_json_with(value, number)))
                    .collect::<Map>(),
            ),
        }
    }

    /// The value as Go's `encoding/json` writes it.
    ///
    /// # Errors
    ///
    /// For numbers that JSON does not have and for maps that contain themselves.
    pub fn to_json(&self) -> Result<serde_json::Value, JsonError> {
        let mut left = MAX_NODES;
        to_json(self, 0, &mut left)
    }
}

fn to_json(value: &Value, depth: usize, left: &mut usize) -> Result<serde_json::Value, JsonError> {
    if depth > MAX_DEPTH {
        return Err(JsonError::Cycle);
    }
    *left = left.checked_sub(1).ok_or(JsonError::TooLarge)?;
    Ok(match value {
        Value::Nil => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(_, value) | Value::Duration(value) => (*value).into(),
        Value::Uint(_, value) => (*value).into(),
        Value::Float(value) => match Number::from_f64(*value) {
            Some(number) => serde_json::Value::Number(number),
            None => {
                let text = crate::template::format::float_text(*value);
                return Err(JsonError::UnsupportedValue(text));
            }
        },
        Value::Complex(_, _) => return Err(JsonError::UnsupportedType(value.type_name().into_owned())),
        Value::String(text) => text.lossy().into_owned().into(),
        Value::Bytes(bytes) => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(bytes).into()
        }
        Value::List(list) if list.is_nil() => serde_json::Value::Null,
        Value::List(list) => list
            .items()
            .iter()
            .map(|item| to_json(item, depth + 1, left))
            .collect::<Result<Vec<_>, JsonError>>()?
            .into(),
        Value::Map(map) if map.is_nil() => serde_json::Value::Null,
        Value::Map(map) => {
            let mut members = serde_json::Map::new();
            for (key, value) in map.entries() {
                members.insert(key.lossy().into_owned(), to_json(&value, depth + 1, left)?);
            }
            members.into()
        }
        Value::Time(time) => time.rfc3339().into(),
        Value::Object(object) => match object.display() {
            Some(text) => text.into(),
            None => {
                let mut members = serde_json::Map::new();
                for (name, value) in object.json_fields() {
                    members.insert(name.to_owned(), to_json(&value, depth + 1, left)?);
                }
                members.into()
            }
        },
    })
}
