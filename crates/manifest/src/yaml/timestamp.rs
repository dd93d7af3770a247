//! YAML 1.1 times, as yaml.v3 recognises them and Go writes them into JSON.

/// The RFC 3339 form of a date or time; `None` if `text` is neither.
///
/// Dates need a year of four digits; months, days, hours, minutes and seconds may have one digit. A time is joined to
/// its date by `T` or `t` and then has a zone, or by spaces and then has none.
pub(super) fn parse(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let year = reader.digits(4, 4)?;
    reader.literal('-')?;
    let month = reader.number(1..=12)?;
    reader.literal('-')?;
    let day = reader.number(1..=days_in(year, month))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    let zoned = match reader.next() {
        None => return Some(format!("{date}T00:00:00Z")),
        Some('T' | 't') => true,
        Some(' ') => {
            reader.rest = reader.rest.trim_start_matches(' ');
            false
        }
        Some(_) => return None,
    };
    let hour = reader.number(0..=23)?;
    reader.literal(':')?;
    let minute = reader.number(0..=59)?;
    reader.literal(':')?;
    let second = reader.number(0..=59)?;
    let fraction = reader.fraction()?;
    let zone = if zoned { reader.zone()? } else { "Z".to_owned() };
    reader.rest.is_empty().then(|| format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(character)
    }

    fn literal(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(())
    }

    /// Between `least` and `most` digits; those that follow are left.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        (count >= least).then(|| digits.parse().ok())?
    }

    fn number(&mut self, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        self.digits(1, 2).filter(|number| range.contains(number))
    }

    /// `.5` and the like without trailing zeros, to nanoseconds; empty if there is none.
    fn fraction(&mut self) -> Option<String> {
        let Some(rest) = self.rest.strip_prefix('.') else { return Some(String::new()) };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return None;
        }
        self.rest = &rest[count..];
        let significant = rest[..count.min(9)].trim_end_matches('0');
        Some(if significant.is_empty() { String::new() } else { format!(".{significant}") })
    }

    fn zone(&mut self) -> Option<String> {
        let sign = match self.next()? {
            'Z' => return Some("Z".to_owned()),
            sign @ ('+' | '-') => sign,
            _ => return None,
        };
        let hours = self.digits(2, 2).filter(|hours| *hours <= 24)?;
        self.literal(':')?;
        let minutes = self.digits(2, 2).filter(|minutes| *minutes <= 60)?;
        Some(if hours == 0 && minutes == 0 { "Z".to_owned() } else { format!("{sign}{hours:02}:{minutes:02}") })
    }
}
