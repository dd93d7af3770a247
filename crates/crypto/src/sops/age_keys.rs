//! Keys of age.

use std::io::Read;

use age::armor::ArmoredReader;
use age::x25519::Identity;
use age::{DecryptError, Decryptor};

use super::KeysError;

/// The largest key: it has 32 bytes, and a part of one has 33.
const MAX_KEY: u64 = 1024;

/// The keys in a text, one in a line.
pub(super) fn read(text: &str) -> Result<Vec<Identity>, KeysError> {
    let mut keys = Vec::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let refused = |why| KeysError::Age { line: index + 1, why };
        if line.starts_with("AGE-PLUGIN-") {
            return Err(refused("keys of plugins are held by other programs"));
        }
        if line.starts_with("AGE-SECRET-KEY-PQ-") {
            return Err(refused("post-quantum keys are not supported"));
        }
        keys.push(line.parse().map_err(refused)?);
    }
    Ok(keys)
}

/// What an armored message holds; none if it is for other keys.
pub(super) fn open(armored: &str, keys: &[Identity]) -> Result<Option<Vec<u8>>, String> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(armored.as_bytes()))
        .map_err(|error| format!("the message cannot be read: {error}"))?;
    let identities = keys.iter().map(|key| key as &dyn age::Identity);
    let reader = match decryptor.decrypt(identities) {
        Ok(reader) => reader,
        Err(DecryptError::NoMatchingKeys) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut key = Vec::new();
    let read = reader.take(MAX_KEY).read_to_end(&mut key);
    read.map_err(|_| "the message is damaged".to_owned())?;
    Ok(Some(key))
}
