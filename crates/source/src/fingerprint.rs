//! Names for what was asked for, so that caches tell requests apart without keeping their secrets.

use sha2::{Digest, Sha256};

use crate::request::Credentials;

/// A digest over parts, each with its length, so that no two lists of parts have one digest.
#[derive(Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds one part.
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    /// Adds a part that may be missing, which differs from an empty one.
    pub(crate) fn add_optional(&mut self, part: Option<&[u8]>) {
        self.add(if part.is_some() { b"+" } else { b"-" });
        self.add(part.unwrap_or_default());
    }

    /// Adds everything that tells these credentials from others.
    pub(crate) fn add_credentials(&mut self, credentials: &Credentials) {
        let parts: [&[u8]; 3] = match credentials {
            Credentials::None => [b"none", b"", b""],
            Credentials::Basic { username, password } => [b"basic", username.as_bytes(), password.as_bytes()],
            Credentials::Bearer { token } => [b"bearer", token.as_bytes(), b""],
            Credentials::Ssh { identity, .. } => [b"ssh", identity, b""],
            Credentials::DockerConfig { json } => [b"docker", json, b""],
        };
        parts.iter().for_each(|part| self.add(part));
    }

    /// The name: 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// `sha256:<hex>` of the bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&str]) -> String {
        let mut fingerprint = Fingerprint::default();
        parts.iter().for_each(|part| fingerprint.add(part.as_bytes()));
        fingerprint.finish()
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a", ""]), of(&["a"]));
    }

    #[test]
    fn digests_are_written_as_registries_write_them() {
        assert_eq!(sha256(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
