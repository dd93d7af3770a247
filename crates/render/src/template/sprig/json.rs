//! JSON as Go writes and reads it.

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
    Function::new("toJson", &[Type::Any], |call, given| lenient(call, given, Escape::Html, Shape::Compact)),
    Function::new("mustToJson", &[Type::Any], |call, given| strict(call, given, Escape::Html, Shape::Compact)),
    Function::new("toPrettyJson", &[Type::Any], |call, given| lenient(call, given, Escape::Html, Shape::Pretty)),
    Function::new("mustToPrettyJson", &[Type::Any], |call, given| strict(call, given, Escape::Html, Shape::Pretty)),
    Function::new("toRawJson", &[Type::Any], |call, given| strict(call, given, Escape::Nothing, Shape::Compact)),
    Function::new("mustToRawJson", &[Type::Any], |call, given| strict(call, given, Escape::Nothing, Shape::Compact)),
];

/// Which characters of texts are escaped besides those that must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// `<`, `>` and `&`.
    Html,
    /// None.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Compact,
    Pretty,
}

/// What has no JSON is an empty text.
fn lenient(call: &mut Call<'_>, given: &Arguments<'_>, escape: Escape, shape: Shape) -> Result<Value, Failure> {
    let out = given.value(0).to_json().map(|json| write(&json, escape, shape)).unwrap_or_default();
    text(call, out)
}

fn strict(call: &mut Call<'_>, given: &Arguments<'_>, escape: Escape, shape: Shape) -> Result<Value, Failure> {
    let json = given.value(0).to_json().map_err(|error| Failure::message(error.to_string()))?;
    text(call, write(&json, escape, shape))
}

fn write(json: &Json, escape: Escape, shape: Shape) -> String {
    let mut out = String::new();
    put(&mut out, json, escape, shape, 0);
    out
}

/// A value in Go's compact form.
pub(crate) fn encode(json: &Json, escape: Escape) -> String {
    write(json, escape, Shape::Compact)
}

fn put(out: &mut String, json: &Json, escape: Escape, shape: Shape, depth: usize) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&float_text(float)),
            _ => out.push_str(&number.to_string()),
        },
        Json::String(text) => put_text(out, text, escape),
        Json::Array(items) => {
            sequence(out, ('[', ']'), items.iter(), shape, depth, |out, item| {
                put(out, item, escape, shape, depth + 1);
            });
        }
        Json::Object(members) => {
            // Go sorts by bytes, as UTF-8 text is compared.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|left, right| left.0.cmp(right.0));
            sequence(out, ('{', '}'), members.into_iter(), shape, depth, |out, (key, value)| {
                put_text(out, key, escape);
                out.push_str(if shape == Shape::Pretty { ": " } else { ":" });
                put(out, value, escape, shape, depth + 1);
            });
        }
    }
}

fn sequence<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T>,
    shape: Shape,
    depth: usize,
    mut each: impl FnMut(&mut String, T),
) {
    out.push(open);
    let empty = items.len() == 0;
    let line = |out: &mut String, depth: usize| {
        if shape == Shape::Pretty && !empty {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    };
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        each(out, item);
    }
    line(out, depth);
    out.push(close);
}

/// Floats as Go's JSON has them: no exponent from 1e-6 to 1e21.
pub(crate) fn float_text(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = crate::template::format::float::format(value, 'e', None);
        // `e-09` is written `e-9`.
        return text.replace("e-0", "e-");
    }
    crate::template::format::float::format(value, 'f', None)
}

fn put_text(out: &mut String, text: &str, escape: Escape) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' if escape == Escape::Html => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => out.push(character),
        }
    }
    out.push('"');
}

/// JSON text as a value; the error is in the words of Go's `encoding/json`.
pub(crate) fn decode(text: &[u8]) -> Result<Json, String> {
    serde_json::from_str(&String::from_utf8_lossy(text))
        .map_err(|error| super::json_errors::problem(text).unwrap_or_else(|| error.to_string()))
}
