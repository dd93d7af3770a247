//! Go's layouts of dates: `Mon Jan _2 15:04:05 2006` shows how, by an example, a moment is written.

use jiff::Zoned;
use jiff::civil::Weekday;

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One piece of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    LongMonth,
    ShortMonth,
    Month,
    ZeroMonth,
    LongWeekday,
    ShortWeekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// An offset, where UTC may be written `Z`.
    Offset {
        zulu: Zulu,
        shape: Shape,
    },
    /// Digits of the fraction after a separator; trailing zeros are kept or not.
    Fraction {
        digits: usize,
        separator: char,
        zeros: Zeros,
    },
}

/// Whether UTC is written `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zulu {
    AsZ,
    AsOffset,
}

/// How an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Hours,
    HoursMinutes,
    Colon,
    HoursMinutesSeconds,
    ColonSeconds,
}

/// What becomes of trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zeros {
    Kept,
    Dropped,
}

/// Fixed pieces, longer ones before those they start with.
const PIECES: [(&str, Piece); 33] = [
    ("January", Piece::LongMonth),
    ("Jan", Piece::ShortMonth),
    ("Monday", Piece::LongWeekday),
    ("Mon", Piece::ShortWeekday),
    ("MST", Piece::ZoneName),
    ("01", Piece::ZeroMonth),
    ("002", Piece::ZeroYearDay),
    ("02", Piece::ZeroDay),
    ("03", Piece::ZeroHour12),
    ("04", Piece::ZeroMinute),
    ("05", Piece::ZeroSecond),
    ("06", Piece::Year),
    ("15", Piece::Hour),
    ("1", Piece::Month),
    ("2006", Piece::LongYear),
    ("2", Piece::Day),
    ("__2", Piece::SpaceYearDay),
    ("_2", Piece::SpaceDay),
    ("3", Piece::Hour12),
    ("4", Piece::Minute),
    ("5", Piece::Second),
    ("PM", Piece::UpperHalf),
    ("pm", Piece::LowerHalf),
    ("-070000", Piece::Offset { zulu: Zulu::AsOffset, shape: Shape::HoursMinutesSeconds }),
    ("-07:00:00", Piece::Offset { zulu: Zulu::AsOffset, shape: Shape::ColonSeconds }),
    ("-0700", Piece::Offset { zulu: Zulu::AsOffset, shape: Shape::HoursMinutes }),
    ("-07:00", Piece::Offset { zulu: Zulu::AsOffset, shape: Shape::Colon }),
    ("-07", Piece::Offset { zulu: Zulu::AsOffset, shape: Shape::Hours }),
    ("Z070000", Piece::Offset { zulu: Zulu::AsZ, shape: Shape::HoursMinutesSeconds }),
    ("Z07:00:00", Piece::Offset { zulu: Zulu::AsZ, shape: Shape::ColonSeconds }),
    ("Z0700", Piece::Offset { zulu: Zulu::AsZ, shape: Shape::HoursMinutes }),
    ("Z07:00", Piece::Offset { zulu: Zulu::AsZ, shape: Shape::Colon }),
    ("Z07", Piece::Offset { zulu: Zulu::AsZ, shape: Shape::Hours }),
];

/// The text before the first piece of a layout, the piece, and the rest.
pub(crate) fn next_piece(layout: &str) -> (&str, Option<Piece>, &str) {
    for (index, _) in layout.char_indices() {
        let rest = &layout[index..];
        if let Some((piece, length)) = piece_at(rest) {
            return (&layout[..index], Some(piece), &rest[length..]);
        }
    }
    (layout, None, "")
}

fn piece_at(rest: &str) -> Option<(Piece, usize)> {
    if let Some(separator) = rest.chars().next().filter(|c| matches!(c, '.' | ',')) {
        let digit = rest.as_bytes().get(1).copied().filter(|digit| matches!(digit, b'0' | b'9'))?;
        let digits = rest[1..].bytes().take_while(|byte| *byte == digit).count();
        // Digits that go on are no fraction.
        if rest[1 + digits..].starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let zeros = if digit == b'0' { Zeros::Kept } else { Zeros::Dropped };
        return Some((Piece::Fraction { digits, separator, zeros }, 1 + digits));
    }
    // `_2006` is an underscore and a year.
    if rest.starts_with("_2006") {
        return None;
    }
    let (text, piece) = PIECES.iter().find(|(text, _)| rest.starts_with(text))?;
    // `Jan` and `Mon` at the start of another word are text.
    let is_word = matches!(piece, Piece::ShortMonth | Piece::ShortWeekday)
        && rest[text.len()..].starts_with(|c: char| c.is_ascii_lowercase());
    (!is_word).then_some((*piece, text.len()))
}

/// The moment as the layout shows it.
pub(crate) fn format(time: &Zoned, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    loop {
        let (text, piece, after) = next_piece(rest);
        out.push_str(text);
        match piece {
            None => return out,
            Some(piece) => out.push_str(&show(time, piece)),
        }
        rest = after;
    }
}

fn show(time: &Zoned, piece: Piece) -> String {
    let month = MONTHS[usize::try_from(time.month() - 1).unwrap_or_default() % 12];
    let weekday = DAYS[weekday_index(time.weekday())];
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let year = time.year();
    match piece {
        Piece::LongMonth => month.to_owned(),
        Piece::ShortMonth => month[..3].to_owned(),
        Piece::Month => time.month().to_string(),
        Piece::ZeroMonth => format!("{:02}", time.month()),
        Piece::LongWeekday => weekday.to_owned(),
        Piece::ShortWeekday => weekday[..3].to_owned(),
        Piece::Day => time.day().to_string(),
        Piece::SpaceDay => format!("{:2}", time.day()),
        Piece::ZeroDay => format!("{:02}", time.day()),
        Piece::SpaceYearDay => format!("{:3}", time.day_of_year()),
        Piece::ZeroYearDay => format!("{:03}", time.day_of_year()),
        Piece::Hour => format!("{:02}", time.hour()),
        Piece::Hour12 => hour12.to_string(),
        Piece::ZeroHour12 => format!("{hour12:02}"),
        Piece::Minute => time.minute().to_string(),
        Piece::ZeroMinute => format!("{:02}", time.minute()),
        Piece::Second => time.second().to_string(),
        Piece::ZeroSecond => format!("{:02}", time.second()),
        Piece::LongYear if year < 0 => format!("-{:04}", year.unsigned_abs()),
        Piece::LongYear => format!("{year:04}"),
        Piece::Year => format!("{:02}", year.unsigned_abs() % 100),
        Piece::UpperHalf => if time.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        Piece::LowerHalf => if time.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        Piece::ZoneName => zone_name(time),
        Piece::Offset { zulu, shape } => offset(time.offset().seconds(), zulu, shape),
        Piece::Fraction { digits, separator, zeros } => {
            let all = format!("{:09}{}", time.subsec_nanosecond(), "0".repeat(digits.saturating_sub(9).min(64)));
            let shown = &all[..digits.min(all.len())];
            match zeros {
                Zeros::Kept => format!("{separator}{shown}"),
                Zeros::Dropped => match shown.trim_end_matches('0') {
                    "" => String::new(),
                    shown => format!("{separator}{shown}"),
                },
            }
        }
    }
}

fn weekday_index(day: Weekday) -> usize {
    usize::try_from(day.to_sunday_zero_offset()).unwrap_or_default() % 7
}

/// `UTC`, `CET`, or the offset where the zone has no name.
fn zone_name(time: &Zoned) -> String {
    let zone = time.time_zone();
    if zone.iana_name().is_none() {
        return offset(time.offset().seconds(), Zulu::AsOffset, Shape::HoursMinutes);
    }
    zone.to_offset_info(time.timestamp()).abbreviation().to_owned()
}

fn offset(seconds: i32, zulu: Zulu, shape: Shape) -> String {
    if zulu == Zulu::AsZ && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let magnitude = seconds.abs();
    let (hours, minutes, seconds) = (magnitude / 3600, magnitude / 60 % 60, magnitude % 60);
    match shape {
        Shape::Hours => format!("{sign}{hours:02}"),
        Shape::HoursMinutes => format!("{sign}{hours:02}{minutes:02}"),
        Shape::Colon => format!("{sign}{hours:02}:{minutes:02}"),
        Shape::HoursMinutesSeconds => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        Shape::ColonSeconds => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}
