//! Go's durations as text.

const NANOSECOND: i128 = 1;
const MICROSECOND: i128 = 1_000 * NANOSECOND;
const MILLISECOND: i128 = 1_000 * MICROSECOND;
const SECOND: i128 = 1_000 * MILLISECOND;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;

/// `1h2m3.5s`, as `time.Duration` prints itself.
pub(crate) fn text(nanoseconds: i64) -> String {
    let magnitude = i128::from(nanoseconds).abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0s".to_owned();
    }
    let body = if magnitude < MICROSECOND {
        format!("{magnitude}ns")
    } else if magnitude < MILLISECOND {
        format!("{}µs", decimal(magnitude, MICROSECOND))
    } else if magnitude < SECOND {
        format!("{}ms", decimal(magnitude, MILLISECOND))
    } else {
        let (hours, minutes) = (magnitude / HOUR, magnitude % HOUR / MINUTE);
        let seconds = format!("{}s", decimal(magnitude % MINUTE, SECOND));
        match (hours, minutes) {
            (0, 0) => seconds,
            (0, minutes) => format!("{minutes}m{seconds}"),
            (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
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

/// Go's `time.ParseDuration`: `-1h2m3.5s`, in nanoseconds; the error is Go's text.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let quoted = super::format::quote::quoted(text.as_bytes());
    let invalid = || format!("time: invalid duration {quoted}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (digits, tail) = rest.split_at(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(invalid());
        }
        let unit_length = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (name, after) = tail.split_at(unit_length);
        let unit = match name {
            "" => return Err(format!("time: missing unit in duration {quoted}")),
            "ns" => NANOSECOND,
            "us" | "µs" | "μs" => MICROSECOND,
            "ms" => MILLISECOND,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            name => {
                let name = super::format::quote::quoted(name.as_bytes());
                return Err(format!("time: unknown unit {name} in duration {quoted}"));
            }
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let places = fraction.len().min(18);
        let part: i128 = if places == 0 { 0 } else { fraction[..places].parse().map_err(|_| invalid())? };
        // At most 18 places.
        let part = part * unit / 10i128.pow(places as u32);
        total = whole.checked_mul(unit).and_then(|value| value.checked_add(part + total)).ok_or_else(invalid)?;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err(invalid());
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}
