//! Request bodies: their size, their format, and fields that are written twice.

use std::fmt;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use manifest::yaml::{self, Profile};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::protobuf::{self, ProtobufError};
use crate::error::ApiError;

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read<B>(body: B, limit: usize) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::too_large(&format!("limit is {limit}"))),
        Err(error) => Err(ApiError::bad_request(format!("unable to read the request body: {error}"))),
    }
}

/// A decoded body.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Decoded {
    pub(crate) value: Value,
    /// Sentences about fields that stand in it twice, such as `duplicate field "spec.replicas"`.
    pub(crate) duplicates: Vec<String>,
}

/// Decodes JSON, YAML or protobuf, as the content type says; no content type means JSON.
pub(crate) fn decode(content_type: &str, body: &[u8]) -> Result<Decoded, ApiError> {
    match media_type(content_type) {
        "" | "application/json" => json(body),
        "application/yaml" => yaml(body),
        protobuf::MEDIA_TYPE => match protobuf::decode(body) {
            Ok(value) => Ok(Decoded { value, duplicates: Vec::new() }),
            // Custom resources have no such form.
            Err(ProtobufError::UnknownGroup { .. }) => {
                Err(ApiError::unsupported_media_type(&["application/json", "application/yaml"]))
            }
            Err(error) => Err(ApiError::bad_request(format!("couldn't get version/kind; {error}"))),
        },
        _ => Err(ApiError::unsupported_media_type(&["application/json", "application/yaml", protobuf::MEDIA_TYPE])),
    }
}

/// A media type without its parameters.
pub(crate) fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Decodes JSON, noting duplicate fields; of those the last one counts.
pub(crate) fn json(body: &[u8]) -> Result<Decoded, ApiError> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Noting { path: &mut String::new(), duplicates: &mut duplicates }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| ApiError::bad_request(format!("couldn't get version/kind; json parse error: {error}")))?;
    Ok(Decoded { value, duplicates })
}

/// Decodes YAML as kubectl reads it.
pub(crate) fn yaml(body: &[u8]) -> Result<Decoded, ApiError> {
    let refused = |why: String| ApiError::bad_request(format!("error decoding YAML: {why}"));
    // JSON is by far the most common YAML on this path, and it is read strictly.
    if body.trim_ascii_start().starts_with(b"{")
        && let Ok(decoded) = json(body)
    {
        return Ok(decoded);
    }
    let text = std::str::from_utf8(body).map_err(|error| refused(error.to_string()))?;
    let value = yaml::read_value(text, "body", Profile::Kubectl, &yaml::Limits::default())
        .map_err(|diagnostic| refused(diagnostic.to_string()))?;
    Ok(Decoded { value, duplicates: Vec::new() })
}

/// Builds a [`Value`] and writes down which fields it met twice.
struct Noting<'a> {
    path: &'a mut String,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Noting { path, duplicates } = self;
        let length = path.len();
        let mut list = Vec::new();
        loop {
            path.push_str(&format!("[{}]", list.len()));
            let next = items.next_element_seed(Noting { path, duplicates })?;
            path.truncate(length);
            match next {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let Noting { path, duplicates } = self;
        let length = path.len();
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if length > 0 {
                path.push('.');
            }
            path.push_str(&name);
            if fields.contains_key(&name) {
                duplicates.push(format!("duplicate field \"{path}\""));
            }
            let value = entries.next_value_seed(Noting { path, duplicates })?;
            path.truncate(length);
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(content_type: &str, body: &str, expected: Expect) {
        let text = match decode(content_type, body.as_bytes()) {
            Ok(Decoded { value, duplicates }) => format!("{value} {duplicates:?}"),
            Err(error) => format!("{} {}", error.code, error.message),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn bodies_are_decoded() {
        check(
            "application/json",
            r#"{"a": 1, "b": [true, null, "x", 1.5, -2]}"#,
            expect![[r#"{"a":1,"b":[true,null,"x",1.5,-2]} []"#]],
        );
        check("", "{}", expect!["{} []"]);
        check("application/json; charset=utf-8", "{}", expect!["{} []"]);
        check(
            "application/json",
            r#"{"a": {"b": 1, "b": 2}, "l": [{"x": 1, "x": 1}]}"#,
            expect![[r#"{"a":{"b":2},"l":[{"x":1}]} ["duplicate field \"a.b\"", "duplicate field \"l[0].x\""]"#]],
        );
        check(
            "application/vnd.kubernetes.protobuf",
            "k8s",
            expect![
                "400 couldn't get version/kind; provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"
            ],
        );
        // Such as a custom resource.
        check(
            "application/vnd.kubernetes.protobuf",
            "k8s\0\n\x0d\n\x04x/v1\x12\x05Thing",
            expect![
                "415 the body of the request was in an unknown format - accepted media types include: application/json, application/yaml"
            ],
        );
        check(
            "application/cbor",
            "",
            expect![
                "415 the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
            ],
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        check(
            "application/json",
            "{",
            expect!["400 couldn't get version/kind; json parse error: EOF while parsing an object at line 1 column 1"],
        );
        check(
            "application/json",
            "{} {}",
            expect!["400 couldn't get version/kind; json parse error: trailing characters at line 1 column 4"],
        );
        let deep = "[".repeat(1000);
        assert!(decode("", deep.as_bytes()).is_err());
    }
}
