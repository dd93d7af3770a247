//! Signatures of commits and tags of git, made with the keys of OpenPGP or of ssh, judged as Flux judges them.

use jiff::Timestamp;
use ssh_key::authorized_keys::Entry;
use ssh_key::{HashAlg, PublicKey, SshSig};

use crate::openpgp::Keyring;

#[cfg(test)]
mod tests;

/// What git signs is meant for git.
const NAMESPACE: &str = "git";

/// What a signature begins with, by its kind.
const KINDS: [(&str, Kind); 3] = [
    ("-----BEGIN PGP SIGNATURE-----", Kind::OpenPgp),
    ("-----BEGIN SSH SIGNATURE-----", Kind::Ssh),
    ("-----BEGIN SIGNED MESSAGE-----", Kind::X509),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OpenPgp,
    Ssh,
    X509,
}

/// The public keys of those who are trusted, as texts that are looked into when a signature is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    /// Armored key rings of OpenPGP.
    pub keyrings: Vec<Vec<u8>>,
    /// Lines as in `authorized_keys` of ssh.
    pub authorized_keys: Vec<Vec<u8>>,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// There is none, or one of a kind that is not known.
    #[error("unsupported signature type: {0}")]
    Kind(&'static str),
    /// There are no keys for its kind.
    #[error("{kind} signature detected but no {kind} public keys found in secret (keys with {suffix} suffix)")]
    NoKeys {
        /// `PGP` or `SSH`.
        kind: &'static str,
        /// How such keys are named.
        suffix: &'static str,
    },
    /// None of the keys can be read.
    #[error("unable to read the public keys: {0}")]
    Keys(String),
    /// The signature itself cannot be read.
    #[error("unable to unarmor SSH signature: {0}")]
    Armor(String),
    /// None of the keys made it.
    #[error("unable to verify payload with any of the given {keys}: no matching key: {causes}")]
    NoMatch {
        /// What the keys are in.
        keys: &'static str,
        /// What is said of each, once.
        causes: String,
    },
}

/// An object of git that somebody signed, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The armored signature; empty where there is none.
    pub signature: String,
    /// What was signed.
    pub payload: Vec<u8>,
}

impl Signed {
    /// Takes a tag object apart: the signature stands below the message. As in git, the last line that begins one counts.
    pub fn tag(object: &[u8]) -> Signed {
        let is_start = |line: &[u8]| KINDS.iter().any(|(begin, _)| line.starts_with(begin.as_bytes()));
        let mut position = 0;
        let mut start = object.len();
        for line in object.split_inclusive(|byte| *byte == b'\n') {
            if is_start(line) {
                start = position;
            }
            position += line.len();
        }
        let (payload, signature) = object.split_at(start);
        Signed { signature: String::from_utf8_lossy(signature).into_owned(), payload: payload.to_vec() }
    }

    /// Whether there is a signature at all.
    pub fn is_signed(&self) -> bool {
        !self.signature.trim().is_empty()
    }
}

impl TrustedKeys {
    /// Checks a signature as of now, and tells the key: the id of an OpenPGP key, the fingerprint of one of ssh.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify(&self, signed: &Signed, now: Timestamp) -> Result<String, Untrusted> {
        let signature = signed.signature.trim();
        let kind = KINDS.iter().find(|(begin, _)| signature.starts_with(begin)).map(|(_, kind)| *kind);
        match kind {
            Some(Kind::OpenPgp) => self.verify_openpgp(signature, &signed.payload, now),
            Some(Kind::Ssh) => self.verify_ssh(signature, &signed.payload),
            Some(Kind::X509) => Err(Untrusted::Kind("x509")),
            None if signature.is_empty() => Err(Untrusted::Kind("empty")),
            None => Err(Untrusted::Kind("unknown")),
        }
    }

    fn verify_openpgp(&self, signature: &str, payload: &[u8], now: Timestamp) -> Result<String, Untrusted> {
        if self.keyrings.is_empty() {
            return Err(Untrusted::NoKeys { kind: "PGP", suffix: ".asc" });
        }
        let (mut unreadable, mut causes) = (None, Causes::default());
        for text in &self.keyrings {
            match Keyring::from_armored(text) {
                Ok(keyring) => match keyring.verify_armored(signature, payload, now) {
                    Ok(signer) => return Ok(signer.key_id),
                    Err(rejected) => causes.add(rejected.to_string()),
                },
                Err(error) => unreadable = unreadable.or(Some(error.to_string())),
            }
        }
        Err(causes.or_keys("key rings", unreadable))
    }

    fn verify_ssh(&self, signature: &str, payload: &[u8]) -> Result<String, Untrusted> {
        if self.authorized_keys.is_empty() {
            return Err(Untrusted::NoKeys { kind: "SSH", suffix: ".sshpub" });
        }
        let signature =
            SshSig::from_pem(format!("{signature}\n")).map_err(|error| Untrusted::Armor(error.to_string()))?;
        let (mut unreadable, mut causes) = (None, Causes::default());
        for text in &self.authorized_keys {
            let keys = match authorized(text) {
                Ok(keys) => keys,
                Err(error) => {
                    unreadable = unreadable.or(Some(error));
                    continue;
                }
            };
            for key in keys {
                match key.verify(NAMESPACE, payload, &signature) {
                    Ok(()) => return Ok(key.fingerprint(HashAlg::Sha256).to_string()),
                    Err(ssh_key::Error::PublicKey) => causes.add("the signature is of another key".to_owned()),
                    Err(error) => causes.add(error.to_string()),
                }
            }
        }
        Err(causes.or_keys("authorized keys", unreadable))
    }
}

/// The keys in lines as in `authorized_keys`. As in Flux, one that cannot be read spoils all of its file.
fn authorized(text: &[u8]) -> Result<Vec<PublicKey>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "unable to parse authorized keys: not UTF-8".to_owned())?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = lines.map(|line| match PublicKey::from_openssh(line) {
        Ok(key) => Ok(key),
        // Options may stand before the key.
        Err(error) => line.parse().map(|entry: Entry| entry.public_key().clone()).map_err(|_| error),
    });
    keys.collect::<Result<_, _>>().map_err(|error| format!("unable to parse authorized keys: {error}"))
}

/// What is said of the keys that did not make a signature.
#[derive(Default)]
struct Causes(Vec<String>);

impl Causes {
    fn add(&mut self, cause: String) {
        if !self.0.contains(&cause) {
            self.0.push(cause);
        }
    }

    /// The error where no key fits, or where none can be read.
    fn or_keys(self, keys: &'static str, unreadable: Option<String>) -> Untrusted {
        match unreadable {
            Some(error) if self.0.is_empty() => Untrusted::Keys(error),
            None if self.0.is_empty() => Untrusted::Keys("there is no key in them".to_owned()),
            _ => Untrusted::NoMatch { keys, causes: self.0.join("; ") },
        }
    }
}
