//! The first JSON value of a text that goes on after it.

use serde_json::Value as Json;

use crate::template::sprig;

/// The value and where it ends. As in Go's decoder, what follows needs no separator.
///
/// # Errors
///
/// In Go's words, if the text does not start with a JSON value.
pub(super) fn first(text: &str) -> Result<(Json, usize), String> {
    let body = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let start = text.len() - body.len();
    let length = match body.bytes().next() {
        Some(b'{' | b'[' | b'"') => {
            let mut values = serde_json::Deserializer::from_str(body).into_iter::<Json>();
            return match values.next() {
                Some(Ok(value)) => Ok((value, start + values.byte_offset())),
                Some(Err(error)) => Err(explain(body, &error)),
                None => Err("EOF".to_owned()),
            };
        }
        Some(b't' | b'n') => 4,
        Some(b'f') => 5,
        Some(b'-' | b'0'..=b'9') => {
            let length = number_length(body.as_bytes());
            if let Some(reason) = cut_off(body, length) {
                return Err(reason);
            }
            length
        }
        Some(_) | None => body.len(),
    };
    let literal = body.get(..length).unwrap_or(body);
    serde_json::from_str(literal).map(|value| (value, start + length)).map_err(|error| explain(body, &error))
}

/// Why a number cannot end where it does, if something else comes there.
fn cut_off(text: &str, length: usize) -> Option<String> {
    let next = text.get(length..)?.chars().next()?;
    let number = text.get(..length)?;
    let place = match number.bytes().last()? {
        b'0'..=b'9' => return None,
        b'.' => "after decimal point in",
        _ if number.len() == 1 => "in",
        _ => "in exponent of",
    };
    Some(format!("invalid character '{next}' {place} numeric literal"))
}

/// Why the text does not start with a value, as Go says it.
fn explain(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected EOF".to_owned();
    }
    sprig::decode(text.as_bytes()).err().unwrap_or_else(|| error.to_string())
}

/// How far a number goes by JSON's grammar.
fn number_length(text: &[u8]) -> usize {
    let is = |at: usize, wanted: &[u8]| text.get(at).is_some_and(|byte| wanted.contains(byte));
    let digits = |mut at: usize| {
        while text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = usize::from(is(0, b"-"));
    at = if is(at, b"0") { at + 1 } else { digits(at) };
    if is(at, b".") {
        at = digits(at + 1);
    }
    if is(at, b"eE") {
        at += 1;
        at = digits(at + usize::from(is(at, b"+-")));
    }
    at
}
