//! Texts that are secrets, told by their form and by the names they are kept under.

/// What secret a text is or holds, which is kept under a key.
pub(super) fn secret(key: &str, text: &str) -> Option<&'static str> {
    let by_name =
        || (is_secret_name(key) && looks_random(text.trim())).then_some("what looks like a password or a token");
    secret_in_text(text).or_else(by_name)
}

/// What secret a text holds, whatever its name.
pub(super) fn secret_in_text(text: &str) -> Option<&'static str> {
    const KEYS: [&str; 4] = ["PRIVATE KEY-----", "-----BEGIN PGP PRIVATE", "AGE-SECRET-KEY-1", "PuTTY-User-Key-File"];
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if KEYS.iter().any(|mark| text.contains(mark)) {
        Some("a private key")
    } else if text.split(|letter| !is_word(letter)).any(is_issued_token) {
        Some("a token")
    } else {
        None
    }
}

/// Whether a word is of a form in which well-known services issue their tokens.
fn is_issued_token(word: &str) -> bool {
    let rest = |prefix: &str, least: usize| {
        word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= least && looks_random(rest))
    };
    let hex_like = |rest: &str| rest.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    rest("ghp_", 36)
        || rest("github_pat_", 40)
        || rest("glpat-", 20)
        || rest("xoxb-", 20)
        || rest("xoxp-", 20)
        || rest("sk_live_", 20)
        || (word.len() == 20 && word.strip_prefix("AKIA").is_some_and(hex_like))
}

/// Whether a key says that its value is secret, and not where a secret is found.
fn is_secret_name(key: &str) -> bool {
    const SECRET: [&str; 9] =
        ["password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "credentials"];
    const PLACE: [&str; 14] = [
        "name", "ref", "path", "file", "url", "uri", "endpoint", "enabled", "type", "ttl", "expiry", "length",
        "policy", "issuer",
    ];
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    SECRET.iter().any(|word| plain.ends_with(word)) && !PLACE.iter().any(|word| plain.ends_with(word))
}

/// Whether a word is long, of several kinds of letters, and hardly repeats any: at least 3 bits in every letter.
fn looks_random(word: &str) -> bool {
    const PLACEHOLDERS: [char; 6] = ['$', '{', '<', '/', '%', ' '];
    if word.len() < 12 || word.len() > 512 || word.contains(PLACEHOLDERS) || word.contains(char::is_whitespace) {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|letter| kind(&letter));
    let kinds = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit)];
    let mut counts = [0_u32; 256];
    word.bytes().for_each(|letter| counts[usize::from(letter)] += 1);
    let length = word.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    kinds.iter().filter(|kind| **kind).count() >= 2 && entropy >= 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_only_names_them() {
        for (key, text, expect) in [
            ("tls.key", "-----BEGIN RSA PRIVATE KEY-----\nMIIB", true),
            ("tls.crt", "-----BEGIN CERTIFICATE-----\nMIIB", false),
            ("db-password", "q8Zr0tLw2xVn", true),
            ("DB_PASSWORD", "correcthorsebatterystaple", false),
            ("DB_PASSWORD", "${DB_PASSWORD_FROM_ENV1}", false),
            ("password-file", "q8Zr0tLw2xVn", false),
            ("tokenUrl", "https://a.example.com/oauth2/Token1", false),
            ("config", "token: ghp_0123456789abcdefghijABCDEFGHIJ012345", true),
            ("aws", "AKIAIOSFODNN7EXAMPLE", true),
            ("checksum", "9f86d081884c7d659a2feaa0c55ad015", false),
            ("apiKey", "9f86d081884c7d659a2feaa0c55ad015", true),
        ] {
            assert_eq!(secret(key, text).is_some(), expect, "{key}");
        }
    }
}
