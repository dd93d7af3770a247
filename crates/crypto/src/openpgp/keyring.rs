//! Key rings: the keys that somebody trusts.

use pgp::composed::{PublicOrSecret, SignedPublicKey};

use super::certificate::Certificate;

/// Keys that are trusted.
#[derive(Debug)]
pub struct Keyring {
    pub(super) certificates: Vec<Certificate>,
}

/// A key ring that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// GnuPG's own database.
    #[error(
        "openpgp: invalid data: it is a keybox of GnuPG, which nothing else reads; export the keys with `gpg --export --output pubring.gpg`"
    )]
    Keybox,
    /// A text where a binary file is expected.
    #[error(
        "openpgp: invalid data: tag byte does not have MSB set; it is armored text, which `gpg --dearmor` turns into a key ring"
    )]
    Armored,
    /// Something else where a text is expected.
    #[error("openpgp: invalid argument: no armored data found; export the keys with `gpg --export --armor`")]
    NotArmored,
    /// Not what it should be.
    #[error("openpgp: invalid data: {0}")]
    Invalid(String),
}

/// The first bytes of an armored text.
const ARMOR: &[u8] = b"-----BEGIN PGP";

/// Where a keybox says that it is one.
const KEYBOX: (usize, &[u8]) = (8, b"KBXf");

impl Keyring {
    /// Reads a binary key ring, such as GnuPG's `pubring.gpg`. As in Go, keys that cannot be used are passed over as
    /// long as there is one that can. Of secret keys, only what is public counts.
    pub fn from_binary(bytes: &[u8]) -> Result<Keyring, KeyringError> {
        if bytes.get(KEYBOX.0..).is_some_and(|rest| rest.starts_with(KEYBOX.1)) {
            return Err(KeyringError::Keybox);
        }
        if bytes.trim_ascii_start().starts_with(ARMOR) {
            return Err(KeyringError::Armored);
        }
        let keys = PublicOrSecret::from_bytes_many(bytes).map_err(|error| KeyringError::Invalid(error.to_string()))?;
        Keyring::of(keys)
    }

    /// Reads an armored key ring.
    pub fn from_armored(text: &[u8]) -> Result<Keyring, KeyringError> {
        let Some(start) = text.windows(ARMOR.len()).position(|window| window == ARMOR) else {
            return Err(KeyringError::NotArmored);
        };
        let found = PublicOrSecret::from_armor_many_buf(&text[start..]);
        let (keys, _headers) = found.map_err(|error| KeyringError::Invalid(error.to_string()))?;
        Keyring::of(keys)
    }

    fn of(keys: impl Iterator<Item = pgp::errors::Result<PublicOrSecret>>) -> Result<Keyring, KeyringError> {
        let (mut certificates, mut flaw) = (Vec::new(), None);
        for key in keys {
            let public: SignedPublicKey = match key {
                Ok(PublicOrSecret::Public(key)) => key,
                Ok(PublicOrSecret::Secret(key)) => key.to_public_key(),
                Err(error) => {
                    flaw = Some(error.to_string());
                    continue;
                }
            };
            match Certificate::check(public) {
                Ok(certificate) => certificates.push(certificate),
                Err(why) => flaw = Some(why),
            }
        }
        match flaw {
            Some(flaw) if certificates.is_empty() => Err(KeyringError::Invalid(flaw)),
            _ => Ok(Keyring { certificates }),
        }
    }
}
