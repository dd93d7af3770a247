//! Keys of OpenPGP.

use std::io::Read;

use pgp::composed::{DecryptionOptions, Message, PublicOrSecret, SignedSecretKey, TheRing};
use pgp::errors::Error;
use pgp::types::Password;

use super::KeysError;

/// The largest key: it has 32 bytes, and a part of one has 33.
const MAX_KEY: u64 = 1024;

/// The private keys in an armored text.
pub(super) fn read(armored: &[u8]) -> Result<Vec<SignedSecretKey>, KeysError> {
    let refused = |error: Error| KeysError::OpenPgp(first_line(&error));
    let (found, _headers) = PublicOrSecret::from_armor_many_buf(armored).map_err(refused)?;
    let mut keys = Vec::new();
    for key in found {
        if let PublicOrSecret::Secret(key) = key.map_err(refused)? {
            keys.push(key);
        }
    }
    if keys.is_empty() { Err(KeysError::OpenPgp("there are public ones only".to_owned())) } else { Ok(keys) }
}

/// What an armored message holds; none if it is for other keys.
pub(super) fn open(armored: &str, keys: &[SignedSecretKey]) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |error: Error| format!("the message cannot be read: {}", first_line(&error));
    let (message, _headers) = Message::from_armor(armored.as_bytes()).map_err(unreadable)?;
    let password = Password::empty();
    let ring = TheRing {
        secret_keys: keys.iter().collect(),
        key_passwords: vec![&password],
        // GnuPG 2.3 encrypts so for keys of its own.
        decrypt_options: DecryptionOptions::new().enable_gnupg_aead(),
        ..TheRing::default()
    };
    let opened = match message.decrypt_the_ring(ring, true) {
        Ok((opened, _)) => opened,
        Err(Error::MissingKey) => return Ok(None),
        Err(error) => return Err(first_line(&error)),
    };
    let opened = if opened.is_compressed() { opened.decompress().map_err(unreadable)? } else { opened };
    let mut key = Vec::new();
    opened.take(MAX_KEY).read_to_end(&mut key).map_err(|_| "the message is damaged".to_owned())?;
    Ok(Some(key))
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
