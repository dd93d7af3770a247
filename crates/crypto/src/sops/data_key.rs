//! The key of all values: somebody's private key opens it, or those of several groups together do.

use super::cipher::DataKey;
use super::metadata::{Group, Kind, Metadata};
use super::{Keys, SopsError, age_keys, openpgp_keys, shamir};

/// The key, by whichever of the given keys fits.
pub(super) fn find(metadata: &Metadata, keys: &Keys) -> Result<DataKey, SopsError> {
    let mut failures = Vec::new();
    let parts: Vec<Vec<u8>> = metadata.groups.iter().filter_map(|group| part(group, keys, &mut failures)).collect();
    let needed = if metadata.groups.len() > 1 { metadata.threshold.max(1) } else { 1 };
    let key = match parts.as_slice() {
        parts if parts.len() < needed || parts.is_empty() => {
            let readers = metadata.groups.iter().flat_map(|group| &group.readers);
            let recipients = readers.map(|reader| reader.shown()).collect();
            return Err(SopsError::NoKey { recipients, given: keys.shown(), failures });
        }
        [whole] if metadata.groups.len() == 1 => Some(whole.clone()),
        parts => shamir::combine(parts),
    };
    key.and_then(|key| DataKey::new(&key))
        .ok_or_else(|| SopsError::Metadata("what a key opens is no key of AES-256".to_owned()))
}

/// A group's part. Keys of age are tried before those of OpenPGP, as SOPS does.
fn part(group: &Group, keys: &Keys, failures: &mut Vec<String>) -> Option<Vec<u8>> {
    for kind in [Kind::Age, Kind::OpenPgp] {
        for reader in group.readers.iter().filter(|reader| reader.kind == kind) {
            let opened = match kind {
                Kind::Age => age_keys::open(&reader.encrypted, &keys.age),
                Kind::OpenPgp => openpgp_keys::open(&reader.encrypted, &keys.openpgp),
                Kind::Service(_) => Ok(None),
            };
            match opened {
                Ok(Some(key)) => return Some(key),
                Ok(None) => {}
                Err(why) => failures.push(format!("{}: {why}", reader.shown())),
            }
        }
    }
    None
}
