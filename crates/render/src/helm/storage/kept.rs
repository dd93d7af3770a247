//! How fields are read and written that Go treats in its own way.

use serde::{Deserialize, Deserializer};

/// `null` is nothing, as everywhere in Go.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

/// A time; nothing, an empty text and Go's first instant are none.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    Ok((!text.is_empty() && !text.starts_with("0001-01-01T00:00:00")).then_some(text))
}

/// Whether an integer is Go's zero value.
pub(super) fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Whether a truth value is Go's zero value.
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

/// Bytes, which Go writes in base64.
pub(super) mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = Option::<String>::deserialize(from)?.unwrap_or_default();
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

/// Bytes that may be absent, written as `null`.
pub(super) mod optional_bytes {
    use serde::{Deserializer, Serializer};

    use super::bytes;

    pub(in super::super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(content) => bytes::serialize(content, to),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        // No schema and an empty one are the same to Helm.
        Ok(Some(bytes::deserialize(from)?).filter(|bytes| !bytes.is_empty()))
    }
}
