//! Sets of keys that tokens are verified by (RFC 7517).

use manifest::Value;

/// What a text of keys holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// The places of the keys that are private, or secret on both sides: verifying needs no more than public ones.
    pub(super) private: Vec<usize>,
}

/// Reads a set of keys, or one key.
pub(super) fn read(text: &str) -> Result<Keys, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("`jwks` is no JSON: {error}"))?;
    let keys = match value.get("keys") {
        Some(Value::Array(keys)) => keys.as_slice(),
        Some(_) => return Err("the `keys` of `jwks` are no list".to_owned()),
        None => std::slice::from_ref(&value),
    };
    let mut private = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let kind = key.get("kty").and_then(Value::as_str).unwrap_or_default();
        let (needed, secret): (&[&str], &str) = match kind {
            "RSA" => (&["n", "e"], "d"),
            "EC" => (&["crv", "x", "y"], "d"),
            "OKP" => (&["crv", "x"], "d"),
            "oct" => (&["k"], "k"),
            "" => return Err(format!("the key {index} of `jwks` does not say by `kty` what it is")),
            _ => return Err(format!("the key {index} of `jwks` is of the kind `{kind}`, which none is")),
        };
        if let Some(missing) = needed.iter().find(|name| !key.get(**name).is_some_and(Value::is_string)) {
            return Err(format!("the key {index} of `jwks` lacks `{missing}`"));
        }
        if key.get(secret).is_some() {
            private.push(index);
        }
    }
    Ok(Keys { private })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let private = |text| read(text).ok().map(|keys| keys.private);
        assert_eq!(private(r#"{"keys":[{"kty":"RSA","n":"a","e":"AQAB"}]}"#), Some(vec![]));
        assert_eq!(private(r#"{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}"#), Some(vec![0]));
        assert_eq!(private(r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a"},{"kty":"oct","k":"a"}]}"#), Some(vec![1]));
        assert_eq!(private(r#"{"keys":[]}"#), Some(vec![]));
        for text in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[{"kty":"RSA","n":"a"}]}"#, r#"{"kty":"DSA"}"#] {
            assert_eq!(private(text), None, "{text}");
        }
    }
}
