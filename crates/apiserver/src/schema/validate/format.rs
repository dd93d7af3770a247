//! The string formats that structural schemas check (kube-openapi's `strfmt`); unknown formats are never violated.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The name of the format, if `text` violates it.
pub(super) fn violated<'a>(format: &'a str, text: &str) -> Option<&'a str> {
    let fits = match format {
        "date-time" | "datetime" => is_date_time(text),
        "date" => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
        "duration" => nanoseconds(text).is_some(),
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
pub(crate) fn is_date_time(text: &str) -> bool {
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

/// How long Go's `time.ParseDuration` or strfmt's `3 days` is.
pub(crate) fn nanoseconds(text: &str) -> Option<i64> {
    go_nanoseconds(text).or_else(|| worded_nanoseconds(text))
}

/// Go's `time.ParseDuration`.
pub(crate) fn is_go_duration(text: &str) -> bool {
    go_nanoseconds(text).is_some()
}

fn go_nanoseconds(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut sum: i128 = 0;
    if rest == "0" {
        return Some(0);
    }
    loop {
        let whole = digits(rest);
        let fraction = rest[whole..].strip_prefix('.');
        let point = rest.len() - fraction.map_or(rest.len() - whole, str::len);
        let parts = fraction.map_or(0, digits);
        if whole + parts == 0 {
            return None;
        }
        let unit = &rest[point + parts..];
        let end = unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len());
        let length = go_unit(&unit[..end])?;
        sum = sum.checked_add(amount(&rest[..point + parts], length)?)?;
        rest = &unit[end..];
        if rest.is_empty() {
            let sum = if text.starts_with('-') { -sum } else { sum };
            return i64::try_from(sum).ok();
        }
    }
}

fn worded_nanoseconds(text: &str) -> Option<i64> {
    let mut sum: i128 = 0;
    let mut rest = text;
    loop {
        let unit = after_fraction(after_digits(rest, digits(rest).max(1))?)?;
        let number = &rest[..rest.len() - unit.len()];
        let unit = unit.trim_start();
        let end = unit.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(unit.len());
        sum = sum.checked_add(amount(number, worded_unit(&unit[..end])?)?)?;
        rest = unit[end..].trim_start();
        if rest.is_empty() {
            return i64::try_from(sum).ok();
        }
    }
}

/// A number with or without a fraction, so many times.
fn amount(number: &str, length: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // What comes after eighteen digits is less than a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let parts: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(length)?.checked_add(parts * length / scale)
}

/// How many nanoseconds a unit of Go's has.
fn go_unit(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// How many nanoseconds a unit of strfmt's has.
fn worded_unit(word: &str) -> Option<i128> {
    const DAY: i128 = 86_400_000_000_000;
    match word {
        "d" => return Some(DAY),
        "w" => return Some(7 * DAY),
        "ns" | "us" | "µs" | "ms" | "s" | "m" | "h" => return go_unit(word),
        _ => {}
    }
    match word.strip_suffix('s').unwrap_or(word) {
        "nano" | "nanosecond" => go_unit("ns"),
        "micro" | "microsecond" => go_unit("us"),
        "milli" | "millisecond" => go_unit("ms"),
        "sec" | "second" => go_unit("s"),
        "min" | "minute" => go_unit("m"),
        "hr" | "hour" => go_unit("h"),
        "day" => Some(DAY),
        "wk" | "week" => Some(7 * DAY),
        _ => None,
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
        check(
            "duration",
            &["0", "-0", "5s", "1h30m", "1.5h", ".5s", "5.s", "+3ms", "10µs", "10μs", "1h1h"],
            &["", "-", "5", "s", ".s", "1.5", "5 x", "5m3", "1..5s", "٥s", "1h 30m x"],
        );
        check(
            "duration",
            &["3 days", "3days", "1 week 2 days", "1.5 hours", "2 hrs 5 min", "1d2h", "4 secs ", "10 nanoseconds"],
            &["3 dayss", "days", "1 fortnight", "3. days", " 3 days", "3 days and"],
        );
    }

    #[test]
    fn durations_have_a_length() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(nanoseconds(text), expected, "{text}");
        check("1h30m", Some(5_400_000_000_000));
        check("-1.5s", Some(-1_500_000_000));
        check(".5ms", Some(500_000));
        check("1 week 2 days", Some(777_600_000_000_000));
        check("1.5 hours", Some(5_400_000_000_000));
        check("9223372036s", Some(9_223_372_036_000_000_000));
        check("9223372037s", None);
        check("99999999999999999999999999999999999999999h", None);
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
