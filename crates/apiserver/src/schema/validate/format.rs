//! The string formats that structural schemas check (kube-openapi's `strfmt`); unknown formats are never violated.

use std::net::{Ipv4Addr, Ipv6Addr};

use manifest::duration;

/// The name of the format, if `text` violates it.
pub(super) fn violated<'a>(format: &'a str, text: &str) -> Option<&'a str> {
    let fits = match format {
        "date-time" | "datetime" => is_date_time(text),
        "date" => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
        "duration" => duration::parse_format(text).is_some(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text),
        "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "byte" => base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).is_ok(),
        "hostname" => is_hostname(text),
        "uri" => text.starts_with('/') || text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)),
        "mac" => text.split([':', '-']).count() == 6 && text.split([':', '-']).all(|part| is_hex(part, 2)),
        _ => true,
    };
    (!fits).then_some(format)
}

/// RFC 3339 alone: jiff reads more of ISO 8601.
fn is_date_time(text: &str) -> bool {
    after_date_time(text) == Some("") && text.parse::<jiff::Timestamp>().is_ok()
}

/// What follows a date, a time and a zone.
fn after_date_time(text: &str) -> Option<&str> {
    let rest = after_digits(text, 4)?.strip_prefix('-')?;
    let rest = after_digits(rest, 2)?.strip_prefix('-')?;
    let rest = after_digits(rest, 2)?.strip_prefix(['T', 't', ' '])?;
    let rest = after_digits(rest, 2)?.strip_prefix(':')?;
    let rest = after_digits(rest, 2)?.strip_prefix(':')?;
    let zone = after_fraction(after_digits(rest, 2)?)?;
    match zone.strip_prefix(['+', '-']) {
        Some(offset) => after_digits(after_digits(offset, 2)?.strip_prefix(':')?, 2),
        None => zone.strip_prefix(['Z', 'z']),
    }
}

/// How many ASCII digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// What follows exactly so many digits.
fn after_digits(text: &str, count: usize) -> Option<&str> {
    (digits(text) == count).then(|| &text[count..])
}

/// What follows a point and at least one digit, if there is a point.
fn after_fraction(text: &str) -> Option<&str> {
    match text.strip_prefix('.') {
        Some(fraction) => after_digits(fraction, digits(fraction).max(1)),
        None => Some(text),
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let limit = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        (Err(_), Err(_)) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= limit)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    let plain: String = text.chars().filter(|&c| c != '-').collect();
    is_hex(&plain, 32)
}

fn is_hostname(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(violated(format, text), None, "{text:?} is a {format}");
        }
        for text in bad {
            assert_eq!(violated(format, text), Some(format), "{text:?} is no {format}");
        }
    }

    #[test]
    fn times() {
        check(
            "date-time",
            &[
                "2026-11-21T06:00:00Z",
                "2026-11-21t06:00:00z",
                "2026-11-21 06:00:00Z",
                "2026-11-21T06:00:00.123456Z",
                "2026-11-21T06:00:00+01:00",
                "2026-11-21T06:00:00.5-01:30",
            ],
            &[
                "",
                "2026-11-21",
                "2026-11-21T06:00Z",
                "2026-11-21T06:00:00",
                "2026-11-21T06:00:00.Z",
                "2026-11-21T06:00:00+1",
                "2026-11-21T06:00:00+0100",
                "2026-11-21T06:00:00Z ",
                "2026-11-21T06:00:00Z[UTC]",
                "2026-13-21T06:00:00Z",
                "02026-11-21T06:00:00Z",
                "٢٠٢٦-11-21T06:00:00Z",
            ],
        );
        check("date", &["2026-11-21"], &["2026-11-31", "20261121", ""]);
    }

    #[test]
    fn durations() {
        check("duration", &["0", "5s", "-1h30m", "1.5 hours", "1 week 2 days"], &["", "5", "1 fortnight", " 3 days"]);
    }

    #[test]
    fn addresses_and_names() {
        check("ipv4", &["10.0.0.1"], &["10.0.0", "::1", "10.0.0.256"]);
        check("ipv6", &["::1", "fe80::1"], &["10.0.0.1", ":::"]);
        check("cidr", &["10.0.0.0/8", "fe80::/64"], &["10.0.0.0", "10.0.0.0/33", "fe80::/129"]);
        check("hostname", &["a.example.com"], &["", "-a", "a..b"]);
        check("uri", &["https://example.com", "/path"], &["no scheme", ":"]);
        check("mac", &["00:11:22:aa:bb:cc"], &["00:11:22:aa:bb", "00:11:22:aa:bb:cg"]);
        check("uuid", &["46c4cfc0-f7b0-4a57-b5d9-d6dfcaf649bf"], &["46c4cfc0"]);
        check("email", &["ada@example.com"], &["ada", "@example.com"]);
        check("byte", &["aGk="], &["a"]);
        check("anything-else", &["", "x"], &[]);
    }
}
