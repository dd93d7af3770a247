//! Continue tokens of lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::storage::ObjectKey;

/// Where the next page of a list starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Continuation {
    /// The revision all pages are seen at; `None` when that one was forgotten and the client goes on regardless.
    pub(super) revision: Option<u64>,
    /// The last object of the page before.
    pub(super) after: ObjectKey,
}

#[derive(Serialize, Deserialize)]
struct Token {
    v: String,
    rv: i64,
    start: String,
}

const VERSION: &str = "meta.k8s.io/v1";

impl Continuation {
    pub(super) fn encode(&self) -> String {
        let ObjectKey { namespace, name } = &self.after;
        let rv = self.revision.and_then(|revision| i64::try_from(revision).ok()).unwrap_or(-1);
        let token = Token { v: VERSION.to_owned(), rv, start: format!("{namespace}/{name}\0") };
        // A struct of texts and a number always serialises.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }

    pub(super) fn decode(text: &str) -> Result<Continuation, ApiError> {
        let invalid = |why: &str| ApiError::bad_request(format!("continue key is not valid: {why}"));
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|error| invalid(&error.to_string()))?;
        let token: Token = serde_json::from_slice(&bytes).map_err(|error| invalid(&error.to_string()))?;
        if token.v != VERSION {
            return Err(invalid(&format!("server does not recognize this encoded version \"{}\"", token.v)));
        }
        let (namespace, name) = token
            .start
            .strip_suffix('\0')
            .and_then(|start| start.split_once('/'))
            .ok_or_else(|| invalid("it does not say where to start"))?;
        let revision = match token.rv {
            -1 => None,
            rv => Some(
                u64::try_from(rv)
                    .ok()
                    .filter(|rv| *rv > 0)
                    .ok_or_else(|| invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)"))?,
            ),
        };
        Ok(Continuation { revision, after: ObjectKey::new(namespace, name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(revision: Option<u64>, namespace: &str, name: &str) {
        let continuation = Continuation { revision, after: ObjectKey::new(namespace, name) };
        assert_eq!(Continuation::decode(&continuation.encode()), Ok(continuation));
    }

    #[test]
    fn tokens_round_trip() {
        round_trip(Some(42), "prod", "web");
        round_trip(None, "", "system:admin/x");
    }

    #[track_caller]
    fn refused(text: &str) {
        assert_eq!(Continuation::decode(text).map_err(|error| error.code), Err(400), "{text}");
    }

    #[test]
    fn other_texts_are_refused() {
        refused("%%%");
        refused(&URL_SAFE_NO_PAD.encode("{}"));
        refused(&URL_SAFE_NO_PAD.encode(r#"{"v":"v0","rv":1,"start":"a/b\u0000"}"#));
        refused(&URL_SAFE_NO_PAD.encode(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"a/b\u0000"}"#));
        refused(&URL_SAFE_NO_PAD.encode(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"ab"}"#));
    }
}
