//! JSON as Go writes and reads it.

use manifest::go_json::{self, Escape, Layout, Style};
use serde_json::Value as Json;

use crate::template::error::Failure;
use crate::template::function::{Arguments, Call, Function, text};
use crate::template::value::{Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("fromJson", &[Type::String], |_, given| {
        Ok(decode(given.text(0)).map_or(Value::Nil, |json| Value::from_json(&json)))
    }),
    Function::new("mustFromJson", &[Type::String], |_, given| {
        decode(given.text(0)).map(|json| Value::from_json(&json)).map_err(Failure::Message)
    }),
    Function::new("toJson", &[Type::Any], |call, given| lenient(call, given, COMPACT)),
    Function::new("mustToJson", &[Type::Any], |call, given| strict(call, given, COMPACT)),
    Function::new("toPrettyJson", &[Type::Any], |call, given| lenient(call, given, PRETTY)),
    Function::new("mustToPrettyJson", &[Type::Any], |call, given| strict(call, given, PRETTY)),
    Function::new("toRawJson", &[Type::Any], |call, given| strict(call, given, RAW)),
    Function::new("mustToRawJson", &[Type::Any], |call, given| strict(call, given, RAW)),
];

const PRETTY: Style = Style { escape: Escape::Html, layout: Layout::Indented("  ") };
const COMPACT: Style = Style { escape: Escape::Html, layout: Layout::Compact };
const RAW: Style = Style { escape: Escape::Nothing, layout: Layout::Compact };

/// What has no JSON is an empty text.
fn lenient(call: &mut Call<'_>, given: &Arguments<'_>, style: Style) -> Result<Value, Failure> {
    let out = given.value(0).to_json().map(|json| go_json::of(&json, style)).unwrap_or_default();
    text(call, out)
}

fn strict(call: &mut Call<'_>, given: &Arguments<'_>, style: Style) -> Result<Value, Failure> {
    let json = given.value(0).to_json().map_err(|error| Failure::message(error.to_string()))?;
    text(call, go_json::of(&json, style))
}

/// JSON text as a value; the error is in the words of Go's `encoding/json`.
pub(crate) fn decode(text: &[u8]) -> Result<Json, String> {
    serde_json::from_str(&String::from_utf8_lossy(text))
        .map_err(|error| super::json_errors::problem(text).unwrap_or_else(|| error.to_string()))
}
