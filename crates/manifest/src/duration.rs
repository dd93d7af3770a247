//! Durations in Go's notation (`time.Duration`), and in the one of formats (kube-openapi's `strfmt`): nanoseconds in 64 bits.

const MICROSECOND: i128 = 1_000;
const MILLISECOND: i128 = 1_000 * MICROSECOND;
const SECOND: i128 = 1_000 * MILLISECOND;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is something else, or more than 64 bits hold.
    #[error("it is no duration such as 30s, 10m or 1h30m")]
    Invalid,
    /// A number has no unit.
    #[error("a number lacks its unit: write 30s, 10m or 1h30m")]
    UnitMissing,
    /// A number has a unit that there is not.
    #[error("`{0}` is no unit: there are ns, us, ms, s, m and h")]
    UnitUnknown(String),
}

/// Nanoseconds of a duration in Go's notation, such as `-1h2m3.5s` (`time.ParseDuration`).
pub fn parse(text: &str) -> Result<i64, Flaw> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(Flaw::Invalid);
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(length_of_number(rest));
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if matches!(number, "" | ".") {
            return Err(Flaw::Invalid);
        }
        let unit = match (name, unit(name)) {
            ("", _) => return Err(Flaw::UnitMissing),
            (_, None) => return Err(Flaw::UnitUnknown(name.to_owned())),
            (_, Some(unit)) => unit,
        };
        sum = times(number, unit).and_then(|part| sum.checked_add(part)).ok_or(Flaw::Invalid)?;
        rest = after;
    }
    i64::try_from(sign * sum).map_err(|_| Flaw::Invalid)
}

/// How many bytes at the beginning are digits, with one point at most.
fn length_of_number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    match text[whole..].strip_prefix('.') {
        Some(fraction) => whole + 1 + digits(fraction),
        None => whole,
    }
}

/// Nanoseconds of a text of the format `duration`: in Go's notation, or in words as `1 week 2 days`.
pub fn parse_format(text: &str) -> Option<i64> {
    parse(text).ok().or_else(|| parse_words(text))
}

fn parse_words(text: &str) -> Option<i64> {
    let mut sum: i128 = 0;
    let mut rest = text;
    loop {
        let unit = after_fraction(after_digits(rest)?)?;
        let number = &rest[..rest.len() - unit.len()];
        let unit = unit.trim_start();
        let end = unit.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(unit.len());
        sum = sum.checked_add(times(number, unit_in_words(&unit[..end])?)?)?;
        rest = unit[end..].trim_start();
        if rest.is_empty() {
            return i64::try_from(sum).ok();
        }
    }
}

/// What follows at least one digit.
fn after_digits(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

/// What follows a point and at least one digit, if there is a point.
fn after_fraction(text: &str) -> Option<&str> {
    text.strip_prefix('.').map_or(Some(text), after_digits)
}

/// A number with or without a fraction, so many times.
fn times(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // What comes after eighteen digits is less than a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let parts: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(unit)?.checked_add(parts * unit / scale)
}

fn unit(name: &str) -> Option<i128> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

fn unit_in_words(word: &str) -> Option<i128> {
    match word {
        "d" => return Some(DAY),
        "w" => return Some(7 * DAY),
        // Of the two letters that look alike, formats know one.
        "ns" | "us" | "µs" | "ms" | "s" | "m" | "h" => return unit(word),
        _ => {}
    }
    Some(match word.strip_suffix('s').unwrap_or(word) {
        "nano" | "nanosecond" => 1,
        "micro" | "microsecond" => MICROSECOND,
        "milli" | "millisecond" => MILLISECOND,
        "sec" | "second" => SECOND,
        "min" | "minute" => MINUTE,
        "hr" | "hour" => HOUR,
        "day" => DAY,
        "wk" | "week" => 7 * DAY,
        _ => return None,
    })
}

/// As `time.Duration` prints itself: `1h30m0s`, `45s`, `1.5s`, `-250ms`, `0s`.
pub fn text(nanoseconds: i64) -> String {
    let magnitude = i128::from(nanoseconds).abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let body = match magnitude {
        0 => "0s".to_owned(),
        1..MICROSECOND => format!("{magnitude}ns"),
        MICROSECOND..MILLISECOND => format!("{}µs", decimal(magnitude, MICROSECOND)),
        MILLISECOND..SECOND => format!("{}ms", decimal(magnitude, MILLISECOND)),
        _ => {
            let (hours, minutes) = (magnitude / HOUR, magnitude % HOUR / MINUTE);
            let seconds = decimal(magnitude % MINUTE, SECOND);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    format!("{sign}{body}")
}

fn decimal(value: i128, unit: i128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let places = unit.ilog10() as usize;
    let fraction = format!("{rest:0places$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let unknown = |unit: &str| Err(Flaw::UnitUnknown(unit.to_owned()));
        for (text, expected) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("5s", Ok(5_000_000_000)),
            ("5.s", Ok(5_000_000_000)),
            (".5ms", Ok(500_000)),
            ("0.1us", Ok(100)),
            ("10µs", Ok(10_000)),
            ("10μs", Ok(10_000)),
            ("1h30m", Ok(5_400_000_000_000)),
            ("1h1h", Ok(7_200_000_000_000)),
            ("1h2m3.5s", Ok(3_723_500_000_000)),
            ("-1.5s", Ok(-1_500_000_000)),
            ("+3ms", Ok(3_000_000)),
            ("9223372036s", Ok(9_223_372_036_000_000_000)),
            ("9223372037s", Err(Flaw::Invalid)),
            ("-9223372036854775808ns", Ok(i64::MIN)),
            ("99999999999999999999999999999999999999999h", Err(Flaw::Invalid)),
            ("", Err(Flaw::Invalid)),
            ("-", Err(Flaw::Invalid)),
            ("s", Err(Flaw::Invalid)),
            (".s", Err(Flaw::Invalid)),
            ("..5s", Err(Flaw::Invalid)),
            ("1..5s", Err(Flaw::UnitMissing)),
            ("1.2.3s", Err(Flaw::UnitMissing)),
            ("٥s", Err(Flaw::Invalid)),
            ("5", Err(Flaw::UnitMissing)),
            ("1.5", Err(Flaw::UnitMissing)),
            ("5m3", Err(Flaw::UnitMissing)),
            ("1d", unknown("d")),
            ("5 x", unknown(" x")),
            ("1s ", unknown("s ")),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn formats_have_words_too() {
        for (text, expected) in [
            ("1h30m", Some(5_400_000_000_000)),
            ("3 days", Some(259_200_000_000_000)),
            ("3days", Some(259_200_000_000_000)),
            ("1 week 2 days", Some(777_600_000_000_000)),
            ("1.5 hours", Some(5_400_000_000_000)),
            ("2 hrs 5 min", Some(7_500_000_000_000)),
            ("1d2h", Some(93_600_000_000_000)),
            ("4 secs ", Some(4_000_000_000)),
            ("10 nanoseconds", Some(10)),
            ("3 dayss", None),
            ("days", None),
            ("1 fortnight", None),
            ("3. days", None),
            (" 3 days", None),
            ("3 days and", None),
            ("", None),
        ] {
            assert_eq!(parse_format(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        for (text_of, printed) in [
            ("10m", "10m0s"),
            ("1.5h", "1h30m0s"),
            ("90s", "1m30s"),
            ("-500ms", "-500ms"),
            ("1500ms", "1.5s"),
            ("1h0m0.25s", "1h0m0.25s"),
            ("0", "0s"),
            ("2us", "2µs"),
            ("1999ns", "1.999µs"),
            ("7ns", "7ns"),
        ] {
            assert_eq!(parse(text_of).map(text).as_deref(), Ok(printed), "{text_of}");
        }
        assert_eq!(text(i64::MIN), "-2562047h47m16.854775808s");
    }
}
