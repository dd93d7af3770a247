//! Numbers as Go reads and prints them.

use serde_json::Number;

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: decimal, `0x`, `0b`, `0o` and leading-zero octal, with a sign.
pub(super) fn parse_integer(text: &str) -> Option<i128> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    // `from_str_radix` takes a sign of its own, which Go does not.
    if !digits.starts_with(|character: char| character.is_ascii_hexdigit()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    let unsigned_with_sign = text.starts_with('+') && value > i128::from(i64::MAX);
    (value >= i128::from(i64::MIN) && value <= i128::from(u64::MAX) && !unsigned_with_sign).then_some(value)
}

/// Whether `text` is a float in YAML's decimal notation: `1`, `1.`, `.5`, `1.5e-3`, with a sign.
pub(super) fn is_decimal_float(text: &str) -> bool {
    fn digits(text: &str) -> (usize, &str) {
        let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
        (text.len() - rest.len(), rest)
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = digits(unsigned);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => (0, rest),
    };
    if whole + fraction == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let (length, rest) = digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
            length > 0 && rest.is_empty()
        }
    }
}

/// `text` without its underscores, if each stands between two digits, as Go's `strconv.ParseFloat` allows them.
pub(super) fn without_separators(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit);
    let separates =
        |(index, byte): (usize, &u8)| *byte != b'_' || is_digit(index.checked_sub(1)) && is_digit(Some(index + 1));
    bytes.iter().enumerate().all(separates).then(|| text.replace('_', ""))
}

/// The JSON number of an integer in the range of `i64` or `u64`.
pub(super) fn integer(value: i128) -> Option<Number> {
    i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from)).ok()
}

/// The JSON number of a float after a trip through Go's JSON, which writes whole floats without a point, so that
/// `1.0` and `1e3` arrive as integers; `None` if it is not finite.
pub(super) fn float(value: f64) -> Option<Number> {
    whole(value).and_then(integer).or_else(|| Number::from_f64(value))
}

/// The integer that Go writes for `value`, if it is one in the range of `i64` or `u64`: as few digits as tell it from
/// other floats, and zeros.
pub(super) fn whole(value: f64) -> Option<i128> {
    if value.fract() != 0.0 || value.abs() > 1e20 {
        return None;
    }
    // Without an exponent, as few digits as Go has, too.
    let integer: i128 = format!("{value}").parse().ok()?;
    (integer >= i128::from(i64::MIN) && integer <= i128::from(u64::MAX)).then_some(integer)
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(super) fn format_float(value: f64) -> String {
    general(&format!("{value:e}"))
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`, which turns float keys into text.
pub(super) fn format_float_key(value: f64) -> String {
    // Larger values than a 32-bit float holds become infinite.
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    general(&format!("{value:e}"))
}

/// Rust's shortest scientific notation (`1.25e-7`) in Go's general one (`1.25e-07`, `0.125`).
fn general(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    if !(-4..6).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let Ok(point) = usize::try_from(exponent) else {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
        return format!("{sign}0.{zeros}{digits}");
    };
    match digits.split_at_checked(point + 1) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(point + 1 - digits.len())),
    }
}
