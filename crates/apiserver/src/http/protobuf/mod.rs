//! Request bodies in `application/vnd.kubernetes.protobuf`, as the typed clients of kubectl 1.32 and later send them.
//!
//! Such a body is four magic bytes and a `runtime.Unknown`: the type, and the object as a message of its own. Which
//! numbers stand for which fields is data: see [`table`]. What comes out is the JSON that the same client would have
//! sent, so that everything behind this door is the ordinary path.

mod message;
mod scalar;
mod table;
#[cfg(test)]
mod tests;
mod wire;

use serde_json::Value;

use table::Table;
use wire::{Fields, Wire};

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
/// What every body begins with.
const MAGIC: &[u8] = b"k8s\0";

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProtobufError {
    /// Nothing of this group and version is known in protobuf, as is the case for all custom resources.
    #[error("nothing of {api_version} is read in protobuf; send JSON or YAML")]
    UnknownGroup {
        /// The group and version.
        api_version: String,
    },
    /// The group and version have no such kind.
    #[error("no kind \"{kind}\" is registered for version \"{api_version}\"")]
    UnknownKind {
        /// The group and version.
        api_version: String,
        /// The kind.
        kind: String,
    },
    /// The body does not begin with the magic bytes.
    #[error("provided data does not appear to be a protobuf message, expected prefix {MAGIC:?}")]
    NoMagic,
    /// The envelope names a coding of its content that we do not read.
    #[error("the content of the protobuf envelope is in an unknown {what}: \"{found}\"; leave it empty")]
    Envelope {
        /// `encoding` or `type`.
        what: &'static str,
        /// What it says.
        found: String,
    },
    /// A number, a length or a field is cut off.
    #[error("the protobuf message ends in the middle of {place}")]
    Truncated {
        /// The field, or the message.
        place: String,
    },
    /// A field's number or wire type is none that protobuf has, or not the field's.
    #[error("wrong protobuf wire type {wire_type} for {place}")]
    WireType {
        /// The wire type found.
        wire_type: u8,
        /// The field, or the message.
        place: String,
    },
    /// A field's value is none that its type has.
    #[error("the protobuf value of {place} is invalid: {why}")]
    Value {
        /// The field.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Messages stand in messages too deep.
    #[error("the protobuf message is nested deeper than {limit} levels")]
    TooDeep {
        /// How deep they may.
        limit: usize,
    },
}

/// The object in a body, as JSON.
pub(super) fn decode(body: &[u8]) -> Result<Value, ProtobufError> {
    let envelope = Envelope::read(body.strip_prefix(MAGIC).ok_or(ProtobufError::NoMagic)?)?;
    let Envelope { api_version, kind, raw, encoding, content_type } = envelope;
    if !encoding.is_empty() {
        return Err(ProtobufError::Envelope { what: "encoding", found: encoding });
    }
    let mut object = match super::media_type(&content_type) {
        "" | MEDIA_TYPE => {
            let table = Table::get();
            let message = table.kind(&api_version, &kind)?;
            Value::Object(message::decode(table, message, raw, &kind)?)
        }
        "application/json" => scalar::json(raw, &kind)?,
        other => return Err(ProtobufError::Envelope { what: "type", found: other.to_owned() }),
    };
    // What came as JSON may say so itself.
    if let Some(fields) = object.as_object_mut() {
        for (name, value) in [("apiVersion", api_version), ("kind", kind)] {
            if !value.is_empty() {
                fields.insert(name.to_owned(), value.into());
            }
        }
    }
    Ok(object)
}

/// `runtime.Unknown`.
#[derive(Default)]
struct Envelope<'a> {
    api_version: String,
    kind: String,
    raw: &'a [u8],
    encoding: String,
    content_type: String,
}

impl<'a> Envelope<'a> {
    fn read(bytes: &'a [u8]) -> Result<Envelope<'a>, ProtobufError> {
        const PLACE: &str = "the envelope";
        let mut envelope = Envelope::default();
        for field in Fields::of(bytes, PLACE) {
            match field? {
                (1, Wire::Bytes(type_meta)) => {
                    for field in Fields::of(type_meta, PLACE) {
                        match field? {
                            (1, Wire::Bytes(text)) => envelope.api_version = scalar::text(text, "apiVersion")?,
                            (2, Wire::Bytes(text)) => envelope.kind = scalar::text(text, "kind")?,
                            // What newer clients add is not for us.
                            (_, _) => {}
                        }
                    }
                }
                (2, Wire::Bytes(raw)) => envelope.raw = raw,
                (3, Wire::Bytes(text)) => envelope.encoding = scalar::text(text, "contentEncoding")?,
                (4, Wire::Bytes(text)) => envelope.content_type = scalar::text(text, "contentType")?,
                (_, _) => {}
            }
        }
        Ok(envelope)
    }
}
