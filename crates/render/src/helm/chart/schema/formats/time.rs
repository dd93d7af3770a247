//! Dates, times and durations.

use super::{Checked, ensure};
use crate::template::format::quote::quoted;

/// `2006-01-02`; reasons are those of Go's `time.Parse`.
pub(super) fn date(text: &str) -> Checked {
    let failed = |rest: &str, wanted: &str| {
        let (text, rest) = (quoted(text.as_bytes()), quoted(rest.as_bytes()));
        Err(format!("parsing time {text} as \"2006-01-02\": cannot parse {rest} as \"{wanted}\""))
    };
    let out_of_range = |what: &str| Err(format!("parsing time {}: {what} out of range", quoted(text.as_bytes())));
    let Some((year, rest)) = number(text, 4) else { return failed(text, "2006") };
    let Some(rest) = rest.strip_prefix('-') else { return failed(rest, "-") };
    let Some((month, after)) = number(rest, 2) else { return failed(rest, "01") };
    if !(1..=12).contains(&month) {
        return out_of_range("month");
    }
    let Some(rest) = after.strip_prefix('-') else { return failed(after, "-") };
    let Some((day, after)) = number(rest, 2) else { return failed(rest, "02") };
    if !after.is_empty() {
        let (text, after) = (quoted(text.as_bytes()), quoted(after.as_bytes()));
        return Err(format!("parsing time {text}: extra text: {after}"));
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if (1..=days).contains(&day) { Ok(()) } else { out_of_range("day") }
}

/// A number of exactly so many digits, and what follows.
fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let own = text.get(..digits)?;
    let rest = text.get(digits..)?;
    if !own.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((own.parse().ok()?, rest))
}

pub(super) fn time(text: &str) -> Checked {
    ensure(text.len() >= 9, "less than 9 characters long")?;
    let bytes = text.as_bytes();
    ensure(bytes[2] == b':' && bytes[5] == b':', "missing colon in correct place")?;
    let part = |text: &str, range: std::ops::Range<usize>, reason: &str| -> Result<i32, String> {
        let part = text.get(range).ok_or(reason)?;
        part.parse().map_err(|_| reason.to_owned())
    };
    let reason = "invalid hour/min/sec";
    let (hour, minute, second) = (part(text, 0..2, reason)?, part(text, 3..5, reason)?, part(text, 6..8, reason)?);
    ensure(hour >= 0 && minute >= 0 && second >= 0, "non-positive hour/min/sec")?;
    ensure(hour <= 23 && minute <= 59 && second <= 60, "hour/min/sec out of range")?;
    let mut rest = text.get(8..).ok_or(reason)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        ensure(digits > 0, "no digits in second fraction")?;
        rest = &fraction[digits..];
    }
    let (mut hour, mut minute) = (hour, minute);
    if !rest.eq_ignore_ascii_case("z") {
        ensure(rest.len() == 6, "offset must be 6 characters long")?;
        let sign = match rest.as_bytes()[0] {
            b'+' => -1,
            b'-' => 1,
            _ => return Err("offset must begin with plus/minus".to_owned()),
        };
        ensure(rest.as_bytes()[3] == b':', "missing colon in offset in correct place")?;
        let reason = "invalid hour/min in offset";
        let (hours, minutes) = (part(rest, 1..3, reason)?, part(rest, 4..6, reason)?);
        ensure(hours >= 0 && minutes >= 0, "non-positive hour/min in offset")?;
        ensure(hours <= 23 && minutes <= 59, "hour/min in offset out of range")?;
        let mut total = hour * 60 + minute + sign * (hours * 60 + minutes);
        if total < 0 {
            total += 24 * 60;
        }
        (hour, minute) = (total / 60, total % 60);
    }
    ensure(second < 60 || (hour, minute) == (23, 59), "invalid leap second")
}

pub(super) fn date_time(text: &str) -> Checked {
    ensure(text.len() >= 20, "less than 20 characters long")?;
    ensure(matches!(text.as_bytes()[10], b't' | b'T'), "11th character must be t or T")?;
    // The byte at 10 is a character of its own.
    let (day, clock) = (text.get(..10).unwrap_or_default(), text.get(11..).unwrap_or_default());
    date(day).map_err(|reason| format!("invalid date element: {reason}"))?;
    time(clock).map_err(|reason| format!("invalid time element: {reason}"))
}

pub(super) fn duration(text: &str) -> Checked {
    let Some(text) = text.strip_prefix('P') else { return Err("must start with P".to_owned()) };
    ensure(!text.is_empty(), "nothing after P")?;
    if let Some(weeks) = text.strip_suffix('W') {
        ensure(!weeks.is_empty(), "no number in week")?;
        return ensure(weeks.bytes().all(|byte| byte.is_ascii_digit()), "invalid week");
    }
    for (at, part) in text.split('T').enumerate() {
        ensure(at == 0 || !part.is_empty(), "no time elements")?;
        let all = match at {
            0 => "YMD",
            1 => "HMS",
            _ => return Err("more than one T".to_owned()),
        };
        units(part, all)?;
    }
    Ok(())
}

/// Numbers with units, each at most once and in order.
fn units(mut text: &str, all: &str) -> Checked {
    let mut left = all;
    while !text.is_empty() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        ensure(digits > 0, "missing number")?;
        text = &text[digits..];
        let Some(unit) = text.chars().next() else { return Err("missing unit".to_owned()) };
        match left.find(unit) {
            Some(at) => left = &left[at + 1..],
            None if all.contains(unit) => return Err(format!("unit '{unit}' out of order")),
            None => return Err(format!("invalid unit '{unit}'")),
        }
        text = &text[unit.len_utf8()..];
    }
    Ok(())
}

pub(super) fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return Err("missing slash".to_owned()) };
    let named = |what: &'static str| move |reason: String| format!("invalid {what}: {reason}");
    if start.starts_with('P') {
        duration(start).map_err(named("start duration"))?;
        return date_time(end).map_err(named("end date-time"));
    }
    date_time(start).map_err(named("start date-time"))?;
    if end.starts_with('P') {
        duration(end).map_err(named("end duration"))
    } else {
        date_time(end).map_err(named("end date-time"))
    }
}
