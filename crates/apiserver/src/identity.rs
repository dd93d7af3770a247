//! What the server makes up: random text, unique ids, the time.

use rustls::crypto::ring;

/// Characters of generated names, without vowels and look-alikes, as apimachinery's `rand.String` has them.
const NAME_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The operating system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

/// Bytes nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    ring::default_provider().secure_random.fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A random UUID (version 4).
pub(crate) fn new_uid() -> Result<String, NoRandomness> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    Ok(format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]))
}

/// `generateName` with five random characters; a long prefix is cut so that 63 remain.
pub(crate) fn generated_name(prefix: &str) -> Result<String, NoRandomness> {
    let mut name: String = prefix.chars().take(58).collect();
    for byte in random::<5>()? {
        name.push(char::from(NAME_ALPHABET[usize::from(byte) % NAME_ALPHABET.len()]));
    }
    Ok(name)
}

/// Now, as timestamps in objects are written: RFC 3339, UTC, whole seconds.
pub(crate) fn now() -> String {
    timestamp(jiff::Timestamp::now())
}

/// A moment so many seconds from now.
pub(crate) fn seconds_from_now(seconds: i64) -> String {
    timestamp(
        jiff::Timestamp::now().saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(jiff::Timestamp::MAX),
    )
}

fn timestamp(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_things_have_the_shape_clients_expect() {
        let uid = new_uid().expect("randomness");
        assert_eq!(uid.len(), 36);
        assert_eq!(uid.as_bytes()[14], b'4');
        assert_ne!(uid, new_uid().expect("randomness"));
        assert_eq!(generated_name("web-").expect("randomness").len(), 9);
        assert_eq!(generated_name(&"a".repeat(80)).expect("randomness").len(), 63);
        assert_eq!(now().len(), "2026-01-01T00:00:00Z".len());
    }
}
