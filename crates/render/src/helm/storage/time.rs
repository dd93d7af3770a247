//! Times as Go writes them again after it has read them.

/// RFC 3339 with as many digits of the second as it takes, nine at most, and `Z` for no offset.
pub(super) fn canonical(text: &str) -> String {
    let (head, rest) = text.split_at(text.find(['.', ',']).unwrap_or_else(|| seconds_end(text)));
    let digits_end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(rest.len());
    let (fraction, zone) = rest.split_at(digits_end);
    let digits = fraction.trim_start_matches(['.', ',']);
    let digits = digits[..digits.len().min(9)].trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    let zone = if matches!(zone, "+00:00" | "-00:00") { "Z" } else { zone };
    format!("{head}{point}{digits}{zone}")
}

/// Where the seconds of a time without fraction end.
fn seconds_end(text: &str) -> usize {
    let length = "2006-01-02T15:04:05".len();
    if text.is_char_boundary(length) { length.min(text.len()) } else { text.len() }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn times_are_written_as_go_would() {
        for (read, written) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.120000+01:00", "2026-01-02T03:04:05.12+01:00"),
            ("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.1234567891-07:30", "2026-01-02T03:04:05.123456789-07:30"),
            ("2026-01-02", "2026-01-02"),
            ("", ""),
            ("é", "é"),
        ] {
            assert_eq!(canonical(read), written, "{read}");
        }
    }
}
