//! The uids of objects, in as few bytes as they need.

use std::fmt;

use serde::Deserialize;

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const LENGTH: usize = 36;

/// A `metadata.uid`. The API server only gives out UUIDs, but an owner reference may name anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "String")]
pub(super) enum Uid {
    /// A UUID as the API server writes it: hyphens, lower case.
    Uuid([u8; 16]),
    /// Any other text.
    Other(Box<str>),
}

impl Default for Uid {
    fn default() -> Uid {
        Uid::Other(Box::default())
    }
}

impl From<String> for Uid {
    fn from(text: String) -> Uid {
        uuid(text.as_bytes()).map_or_else(|| Uid::Other(text.into()), Uid::Uuid)
    }
}

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != LENGTH || HYPHENS.iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut digits = text.iter().enumerate().filter(|(at, _)| !HYPHENS.contains(at)).map(|(_, byte)| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    });
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

/// The text it was read from.
impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uid::Uuid(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    if matches!(index, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
            Uid::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_uuid: bool) {
        let uid = Uid::from(text.to_owned());
        assert_eq!(uid.to_string(), text);
        assert_eq!(matches!(uid, Uid::Uuid(_)), is_uuid, "{text}");
    }

    #[test]
    fn every_uid_reads_as_it_was_written() {
        check("46c4cfc0-f7b0-4a57-b5d9-d6dfcaf649bf", true);
        check("00000000-0000-0000-0000-00000000000f", true);
        // Uids are compared as text, so another spelling is another uid.
        check("46C4CFC0-F7B0-4A57-B5D9-D6DFCAF649BF", false);
        check("46c4cfc0f7b04a57b5d9d6dfcaf649bf", false);
        check("46c4cfc0-f7b0-4a57-b5d9-d6dfcaf649b", false);
        check("46c4cfc0-f7b0-4a57-b5d9d-6dfcaf649bf", false);
        check("g6c4cfc0-f7b0-4a57-b5d9-d6dfcaf649bf", false);
        check("ääääääääääääääääää", false);
        check("", false);
    }

    #[test]
    fn a_uid_is_small() {
        assert_eq!(size_of::<Uid>(), 24);
    }
}
