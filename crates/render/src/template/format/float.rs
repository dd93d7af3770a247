//! Floats as Go's `strconv` reads and writes them.

use crate::template::parse::underscores_are_placed_well;

/// Go's `strconv.FormatFloat(value, verb, precision, 64)`; no precision means the shortest text that is the value.
pub(crate) fn format(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    match verb {
        'e' | 'E' => exponential(value, verb, precision),
        'f' | 'F' => match precision {
            Some(precision) => format!("{value:.precision$}"),
            None => format!("{value}"),
        },
        'b' => binary(value),
        'x' | 'X' => hexadecimal(value, verb, precision),
        _ => general(value, verb, precision),
    }
}

fn exponential(value: f64, verb: char, precision: Option<usize>) -> String {
    let text = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{verb}{sign}{:02}", exponent.abs())
}

fn general(value: f64, verb: char, precision: Option<usize>) -> String {
    let exponent_verb = if verb == 'G' { 'E' } else { 'e' };
    // Digits and exponent after rounding to the precision.
    let scientific = match precision {
        Some(precision) => format!("{value:.*e}", precision.max(1) - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match all.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let limit = match precision {
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            // Digits that are all in front of the point need no exponent.
            if precision > count && count > exponent { count } else { precision }
        }
    };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}{exponent_verb}{exponent_sign}{:02}", exponent.abs());
    }
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

/// Mantissa and exponent of two, both decimal.
fn binary(value: f64) -> String {
    let bits = value.to_bits();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (mantissa, exponent) = parts(bits);
    format!("{sign}{mantissa}p{exponent:+}")
}

fn parts(bits: u64) -> (u64, i64) {
    let fraction = bits & ((1 << 52) - 1);
    let biased = i64::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) }
}

fn hexadecimal(value: f64, verb: char, precision: Option<usize>) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (mut mantissa, mut exponent) = parts(value.to_bits());
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros();
        mantissa <<= shift;
        exponent += 63 - i64::from(shift);
    }
    // One digit in front of the point, sixty-three bits behind it.
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let dropped = 63 - u32::try_from(precision * 4).unwrap_or(63);
        let half = 1u64 << (dropped - 1);
        let rest = mantissa & ((1u64 << dropped) - 1);
        let kept = mantissa >> dropped;
        let up = rest > half || rest == half && kept & 1 == 1;
        let rounded = kept + u64::from(up);
        if rounded.leading_zeros() < dropped {
            exponent += 1;
            mantissa = 1 << 63;
        } else {
            mantissa = rounded << dropped;
        }
    }
    let leading = mantissa >> 63;
    let fraction = format!("{:016x}", mantissa << 1);
    let fraction = match precision {
        Some(precision) => format!("{fraction:0<precision$}")[..precision].to_owned(),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("{sign}0x{leading}{point}{fraction}p{exponent_sign}{:02}", exponent.abs());
    if verb == 'X' { text.to_uppercase() } else { text }
}

/// Go's `strconv.ParseFloat(text, 64)`, with hexadecimal floats, underscores only after a base prefix or, as Go's
/// scanner of constants has them, between digits. Values out of range are infinite.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity" | "nan") {
        return text.parse().ok();
    }
    if lower.contains('_') && !underscores_are_placed_well(&lower) {
        return None;
    }
    let plain = lower.replace('_', "");
    let value = match plain.strip_prefix("0x") {
        Some(digits) => parse_hexadecimal(digits)?,
        None if plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') => plain.parse().ok()?,
        None => return None,
    };
    Some(if text.starts_with('-') { -value } else { value })
}

fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let places = i32::try_from(fraction.len()).ok()?;
    Some(value * 2f64.powi(exponent.saturating_sub(places.saturating_mul(4))))
}
