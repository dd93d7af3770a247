//! Bundles, as cosign makes them from version 3 on: a signed statement about a digest, in one file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::key::PublicKey;

/// What the media types of bundles begin with.
pub(super) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// The type of a statement.
const STATEMENT: &str = "application/vnd.in-toto+json";

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "dsseEnvelope")]
    envelope: Option<Envelope>,
}

/// A text and its signatures.
#[derive(Deserialize)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    kind: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

/// What is said about what.
#[derive(Deserialize)]
struct Statement {
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digests,
}

#[derive(Deserialize)]
struct Digests {
    sha256: Option<String>,
}

/// Whether a bundle holds a statement about the artifact with this digest, signed with one of the keys.
pub(super) fn vouches(bytes: &[u8], digest: &str, keys: &[PublicKey]) -> bool {
    read(bytes, digest, keys).is_some()
}

fn read(bytes: &[u8], digest: &str, keys: &[PublicKey]) -> Option<()> {
    let envelope =
        serde_json::from_slice::<Bundle>(bytes).ok()?.envelope.filter(|envelope| envelope.kind == STATEMENT)?;
    let payload = BASE64_STANDARD.decode(&envelope.payload).ok()?;
    let signed = signed_text(&envelope.kind, &payload);
    let is_signed = envelope.signatures.iter().any(|signature| {
        BASE64_STANDARD
            .decode(&signature.sig)
            .is_ok_and(|signature| keys.iter().any(|key| key.verifies(&signed, &signature)))
    });
    let statement: Statement = serde_json::from_slice(&payload).ok()?;
    let digits = digest.strip_prefix("sha256:")?;
    let is_about = statement.subject.iter().any(|subject| subject.digest.sha256.as_deref() == Some(digits));
    (is_signed && is_about).then_some(())
}

/// What is signed for a payload: it and its type, each with its length (DSSE's pre-authentication encoding).
fn signed_text(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    text.extend_from_slice(payload);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_type_and_the_payload_are_signed_with_their_lengths() {
        assert_eq!(
            signed_text("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}\\[\\]\":,a-zA-Z0-9=]{0,80}") {
            let _ = vouches(text.as_bytes(), "sha256:0", &[]);
        }
    }
}
