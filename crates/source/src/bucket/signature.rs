//! Signatures of requests: AWS's version 4, which all S3 servers take.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::request::AccessKeys;

/// SHA-256 of nothing: no request of ours has a body.
pub(super) const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request without a body, as it is signed.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// The host, and the port if it is in the address.
    pub(super) host: &'a str,
    /// The path, with what has to be escaped escaped.
    pub(super) path: &'a str,
    /// The query, sorted by name, with what has to be escaped escaped.
    pub(super) query: &'a str,
    pub(super) region: &'a str,
    pub(super) time: Timestamp,
}

impl Signed<'_> {
    /// The value of `x-amz-date`.
    pub(super) fn date(&self) -> String {
        self.time.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(&self, keys: &AccessKeys) -> String {
        let date = self.date();
        let day = date.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let names = "host;x-amz-content-sha256;x-amz-date";
        let canonical = format!(
            "{}\n{}\n{}\nhost:{}\nx-amz-content-sha256:{NO_BODY}\nx-amz-date:{date}\n\n{names}\n{NO_BODY}",
            self.method, self.path, self.query, self.host
        );
        let hashed = hex::encode(Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
        let key = [day, self.region, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", keys.secret).into_bytes(), |key, part| mac(&key, part));
        let signature = hex::encode(mac(&key, &text));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", keys.id)
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The text with everything but unreserved characters escaped, and slashes too unless they part a path.
pub(super) fn escape(text: &str, slashes: Slashes) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (byte == b'/' && slashes == Slashes::Kept);
        if is_plain {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// What becomes of slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slashes {
    /// They part a path.
    Kept,
    /// They are a part of a value.
    Escaped,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn escapes_all_but_unreserved_characters() {
        assert_eq!(escape("a/b c+d~e_é%", Slashes::Kept), "a/b%20c%2Bd~e_%C3%A9%25");
        assert_eq!(escape("a/b", Slashes::Escaped), "a%2Fb");
    }

    #[test]
    fn signs_as_version_4_says() {
        let signed = Signed {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test.txt",
            query: "",
            region: "us-east-1",
            time: "2013-05-24T00:00:00Z".parse().unwrap(),
        };
        let keys = AccessKeys {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        expect!["AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=df548e2ce037944d03f3e68682813b093763996d597cf890ca3d9037fd231eb4"].assert_eq(&signed.authorization(&keys));
    }
}
