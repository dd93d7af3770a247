//! What a scalar means: go-yaml's resolver, version 2 and version 3.

use super::{Profile, number, timestamp};

const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// A scalar after resolution.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    /// Within `i64` or `u64`.
    Integer(i128),
    Float(f64),
    Text(String),
    /// RFC 3339, as Go prints a time in JSON.
    Time(String),
}

impl Scalar {
    /// The short tag, for messages.
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "bool",
            Scalar::Integer(_) => "int",
            Scalar::Float(_) => "float",
            Scalar::Text(_) => "str",
            Scalar::Time(_) => "timestamp",
        }
    }
}

/// Resolves a scalar by its tag, or by its text if it is plain and has none.
///
/// # Errors
///
/// The text is not of the type that its tag names.
pub(super) fn resolve(text: &str, tag: Option<&str>, plain: bool, profile: Profile) -> Result<Scalar, String> {
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else {
        return Ok(if plain { untagged(text, profile) } else { Scalar::Text(text.to_owned()) });
    };
    if tag == "!" && plain && profile == Profile::Kustomize {
        // The tag that says "a string" says nothing to yaml.v3.
        return Ok(untagged(text, profile));
    }
    let resolved = match tag.strip_prefix(TAG_PREFIX) {
        Some("binary") => return binary(text),
        Some("null" | "bool" | "int" | "float" | "timestamp") => untagged(text, profile),
        // `!!str`, and tags of somebody's own, which Go ignores.
        Some(_) | None => return Ok(Scalar::Text(text.to_owned())),
    };
    let wanted = tag.strip_prefix(TAG_PREFIX).unwrap_or(tag);
    match (wanted, resolved) {
        ("float", Scalar::Integer(integer)) => Ok(Scalar::Float(integer as f64)),
        // yaml.v2 keeps times as they are written.
        ("timestamp", Scalar::Text(text)) if timestamp::parse(&text).is_some() => Ok(Scalar::Text(text)),
        (wanted, resolved) if resolved.tag() == wanted => Ok(resolved),
        (wanted, resolved) => Err(format!("`{text}` is a !!{}, not a !!{wanted} as its tag says", resolved.tag())),
    }
}

/// Whether Go would take the plain text for something else than a string (yaml.v2).
pub(super) fn is_string(text: &str) -> bool {
    matches!(untagged(text, Profile::Kubectl), Scalar::Text(_)) && timestamp::parse(text).is_none()
}

fn untagged(text: &str, profile: Profile) -> Scalar {
    let first = text.bytes().next();
    let resolved = match first {
        None => Some(Scalar::Null),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text, profile),
        Some(b'.') => special_float(text).or_else(|| float(&number::without_separators(text)?)),
        Some(b'+' | b'-' | b'0'..=b'9') => special_float(text).or_else(|| numeric(text, profile)),
        Some(_) => None,
    };
    resolved.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

fn word(text: &str, profile: Profile) -> Option<Scalar> {
    let scalar = match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if profile == Profile::Kubectl => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if profile == Profile::Kubectl => Scalar::Bool(false),
        _ => return None,
    };
    Some(scalar)
}

fn special_float(text: &str) -> Option<Scalar> {
    let float = match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    };
    Some(Scalar::Float(float))
}

fn numeric(text: &str, profile: Profile) -> Option<Scalar> {
    if let (Profile::Kustomize, Some(time)) = (profile, timestamp::parse(text)) {
        return Some(Scalar::Time(time));
    }
    let digits = if text.contains('_') { text.replace('_', "") } else { text.to_owned() };
    number::parse_integer(&digits).map(Scalar::Integer).or_else(|| float(&digits))
}

/// A finite decimal float; larger ones stay text, as in Go.
fn float(text: &str) -> Option<Scalar> {
    if !number::is_decimal_float(text) {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Scalar::Float)
}

/// `bytes` as text in which each byte that is no UTF-8 is a replacement character, as in Go.
fn utf8_byte_by_byte(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    text
}

fn binary(text: &str) -> Result<Scalar, String> {
    use base64::Engine;
    let compact: String = text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(compact)
        .map_err(|error| format!("the !!binary value is not base64: {error}"))?;
    // JSON has no bytes: Go replaces what is not UTF-8 when it writes the string.
    Ok(Scalar::Text(utf8_byte_by_byte(&bytes)))
}
