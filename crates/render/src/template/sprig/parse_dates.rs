//! Dates from text, by Go's layouts.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::template::layout::{MONTHS, Piece, Shape, Zulu, next_piece};
use crate::template::value::Time;

/// What was read so far.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    half: Option<Half>,
    offset: Option<Offset>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Go's `time.ParseInLocation`: the moment that `text` names, in `zone` unless it names its offset.
pub(super) fn parse(layout: &str, text: &str, zone: &TimeZone) -> Result<Time, String> {
    let mut parts = Parts::default();
    let (mut layout_rest, mut rest) = (layout, text);
    loop {
        let (literal, piece, after) = next_piece(layout_rest);
        let element = &layout_rest[literal.len()..layout_rest.len() - after.len()];
        let failed = |element: &str, rest: &str| problem(layout, text, element, rest);
        rest = skip(rest, literal).ok_or_else(|| failed(literal, rest))?;
        let Some(piece) = piece else {
            if rest.is_empty() {
                break;
            }
            let (text, rest) = (quoted(text.as_bytes()), quoted(rest.as_bytes()));
            return Err(format!("parsing time {text}: extra text: {rest}"));
        };
        let before = rest;
        rest = read(&mut parts, piece, rest).ok_or_else(|| failed(element, before))?;
        // A fraction may follow the seconds without being in the layout.
        if matches!(piece, Piece::Second | Piece::ZeroSecond)
            && rest.starts_with(['.', ','])
            && !matches!(next_piece(after), ("", Some(Piece::Fraction { .. }), _))
        {
            let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                parts.nanosecond = fraction(&rest[1..=digits]);
                rest = &rest[1 + digits..];
            }
        }
        layout_rest = after;
    }
    let out_of_range = |what: &str| format!("parsing time {}: {what} out of range", quoted(text.as_bytes()));
    moment(&parts, zone).map_err(out_of_range)
}

/// The text in quotes, as Go's `time` writes it: everything but printable ASCII as bytes.
fn quoted(text: &[u8]) -> String {
    let mut out = "\"".to_owned();
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' | 0x7f => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

fn problem(layout: &str, text: &str, element: &str, rest: &str) -> String {
    let [layout, text, element, rest] = [layout, text, element, rest].map(|part| quoted(part.as_bytes()));
    format!("parsing time {text} as {layout}: cannot parse {rest} as {element}")
}

/// What follows the literal part of a layout; a run of spaces stands for any run of them.
fn skip<'t>(mut text: &'t str, literal: &str) -> Option<&'t str> {
    let mut literal = literal;
    while let Some(character) = literal.chars().next() {
        if character == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(character)?;
        literal = &literal[character.len_utf8()..];
    }
    Some(text)
}

fn read<'t>(parts: &mut Parts, piece: Piece, text: &'t str) -> Option<&'t str> {
    match piece {
        Piece::LongMonth => {
            let (index, rest) = name(text, MONTHS.iter().copied())?;
            parts.month = Some(index + 1);
            return Some(rest);
        }
        Piece::ShortMonth => {
            let (index, rest) = name(text, MONTHS.iter().map(|month| &month[..3]))?;
            parts.month = Some(index + 1);
            return Some(rest);
        }
        Piece::LongWeekday => return name(text, DAYS.into_iter()).map(|(_, rest)| rest),
        Piece::ShortWeekday => return name(text, DAYS.iter().map(|day| &day[..3])).map(|(_, rest)| rest),
        Piece::UpperHalf | Piece::LowerHalf => {
            let (index, rest) = name(text, ["AM", "PM"].into_iter())?;
            parts.half = Some(if index == 1 { Half::Afternoon } else { Half::Morning });
            return Some(rest);
        }
        Piece::ZoneName => return zone_name(parts, text),
        Piece::Offset { zulu, shape } => return offset(parts, zulu, shape, text),
        Piece::Fraction { digits, separator, .. } => {
            let found = text.strip_prefix(separator).or_else(|| text.strip_prefix(['.', ',']));
            let Some(after) = found else { return Some(text) };
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 || digits == 0 {
                return None;
            }
            parts.nanosecond = fraction(&after[..length]);
            return Some(&after[length..]);
        }
        _ => {}
    }
    let text = if matches!(piece, Piece::SpaceDay | Piece::SpaceYearDay) { text.trim_start_matches(' ') } else { text };
    let (least, most) = match piece {
        Piece::LongYear => (4, 4),
        Piece::ZeroYearDay | Piece::SpaceYearDay => (1, 3),
        Piece::Year | Piece::ZeroMonth | Piece::ZeroDay | Piece::ZeroHour12 | Piece::ZeroMinute | Piece::ZeroSecond => {
            (2, 2)
        }
        _ => (1, 2),
    };
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    let (digits, rest) = text.split_at(length);
    let number: i64 = digits.parse().ok()?;
    match piece {
        Piece::LongYear => parts.year = Some(number),
        Piece::Year => parts.year = Some(if number >= 69 { 1900 + number } else { 2000 + number }),
        Piece::Month | Piece::ZeroMonth => parts.month = Some(number),
        Piece::Day | Piece::SpaceDay | Piece::ZeroDay => parts.day = Some(number),
        Piece::SpaceYearDay | Piece::ZeroYearDay => parts.year_day = Some(number),
        Piece::Hour | Piece::Hour12 | Piece::ZeroHour12 => parts.hour = number,
        Piece::Minute | Piece::ZeroMinute => parts.minute = number,
        Piece::Second | Piece::ZeroSecond => parts.second = number,
        _ => {}
    }
    Some(rest)
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One of some names, in any case.
fn name<'t, 'n>(text: &'t str, names: impl Iterator<Item = &'n str>) -> Option<(i64, &'t str)> {
    for (index, name) in (0..).zip(names) {
        if text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return Some((index, &text[name.len()..]));
        }
    }
    None
}

fn zone_name<'t>(parts: &mut Parts, text: &'t str) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix("UTC") {
        parts.offset = Some(Offset::UTC);
        return Some(rest);
    }
    let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
    // Abbreviations of other zones say nothing about their offset.
    (3..=5).contains(&length).then(|| &text[length..])
}

fn offset<'t>(parts: &mut Parts, zulu: Zulu, shape: Shape, text: &'t str) -> Option<&'t str> {
    if let (Zulu::AsZ, Some(rest)) = (zulu, text.strip_prefix('Z')) {
        parts.offset = Some(Offset::UTC);
        return Some(rest);
    }
    let (length, fields): (usize, &[usize]) = match shape {
        Shape::Hours => (3, &[1]),
        Shape::HoursMinutes => (5, &[1, 3]),
        Shape::Colon => (6, &[1, 4]),
        Shape::HoursMinutesSeconds => (7, &[1, 3, 5]),
        Shape::ColonSeconds => (9, &[1, 4, 7]),
    };
    let written = text.get(..length)?;
    let sign = match written.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let mut seconds = 0;
    let mut unit = 3600;
    for start in fields {
        let number: i32 = written.get(*start..*start + 2)?.parse().ok()?;
        seconds += number * unit;
        unit /= 60;
    }
    parts.offset = Offset::from_seconds(sign * seconds).ok();
    parts.offset.map(|_| &text[length..])
}

/// Nanoseconds of the digits after a point.
fn fraction(digits: &str) -> i64 {
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    nine.parse().unwrap_or_default()
}

fn moment(parts: &Parts, zone: &TimeZone) -> Result<Time, &'static str> {
    let hour = match parts.half {
        Some(Half::Afternoon) if parts.hour < 12 => parts.hour + 12,
        Some(Half::Morning) if parts.hour == 12 => 0,
        _ => parts.hour,
    };
    let small = |number: i64, what: &'static str| i8::try_from(number).map_err(|_| what);
    // Go's zero time is in year zero where a layout names no year.
    let year = i16::try_from(parts.year.unwrap_or(0)).map_err(|_| "year")?;
    let date = match parts.year_day {
        Some(day) => {
            let first = Date::new(year, 1, 1).map_err(|_| "year")?;
            first.checked_add(jiff::Span::new().days(day - 1)).map_err(|_| "day-of-year")?
        }
        None => {
            let month = small(parts.month.unwrap_or(1), "month")?;
            if !(1..=12).contains(&month) {
                return Err("month");
            }
            Date::new(year, month, small(parts.day.unwrap_or(1), "day")?).map_err(|_| "day")?
        }
    };
    if !(0..24).contains(&hour) {
        return Err("hour");
    }
    if !(0..60).contains(&parts.minute) {
        return Err("minute");
    }
    if !(0..60).contains(&parts.second) {
        return Err("second");
    }
    let nanosecond = i32::try_from(parts.nanosecond).map_err(|_| "fractional second")?;
    let (hour, minute, second) = (small(hour, "hour")?, small(parts.minute, "minute")?, small(parts.second, "second")?);
    let time = jiff::civil::Time::new(hour, minute, second, nanosecond).map_err(|_| "second")?;
    let local = DateTime::from_parts(date, time);
    let zone = match parts.offset {
        Some(offset) if offset == Offset::UTC => TimeZone::UTC,
        Some(offset) => TimeZone::fixed(offset),
        None => zone.clone(),
    };
    local.to_zoned(zone).map(Time::new).map_err(|_| "year")
}
