//! Cron schedules as Kubernetes reads them: five fields or `@hourly` and its kin.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use thiserror::Error;

/// Longest search for the next time; a schedule such as `0 0 30 2 *` never comes.
const HORIZON_DAYS: i32 = 5 * 366;

/// When a CronJob runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// By the calendar.
    Calendar(Calendar),
    /// `@every 1h`: at this distance from the last time.
    Every(SignedDuration),
}

/// The five fields, each a set of numbers as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calendar {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// A restricted day and a restricted weekday match either; otherwise both have to match.
    days_restricted: bool,
    weekdays_restricted: bool,
}

/// Why a schedule cannot be read.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub(crate) enum Unreadable {
    #[error("expected 5 fields (minute, hour, day of month, month, day of week), found {0}")]
    FieldCount(usize),
    #[error("field {field} ({name}): \"{text}\" is not a number, range or step between {low} and {high}")]
    Field { field: usize, name: &'static str, text: String, low: u32, high: u32 },
    #[error("unknown descriptor \"{0}\": use @hourly, @daily, @weekly, @monthly, @yearly or @every <duration>")]
    Descriptor(String),
}

struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", low: 0, high: 59, words: &[] },
    Field { name: "hour", low: 0, high: 23, words: &[] },
    Field { name: "day of month", low: 1, high: 31, words: &[] },
    Field {
        name: "month",
        low: 1,
        high: 12,
        words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of week", low: 0, high: 7, words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

impl Schedule {
    /// Reads a schedule.
    pub(crate) fn parse(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        if let Some(interval) = text.strip_prefix("@every ") {
            let interval: Option<SignedDuration> = interval.trim().parse().ok();
            let interval = interval.filter(|interval| *interval >= SignedDuration::from_secs(1));
            return interval.map(Self::Every).ok_or_else(|| Unreadable::Descriptor(text.to_owned()));
        }
        let fields = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            unknown if unknown.starts_with('@') => return Err(Unreadable::Descriptor(unknown.to_owned())),
            fields => fields,
        };
        let parts: Vec<&str> = fields.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(Unreadable::FieldCount(parts.len()));
        };
        let restricted = |text: &str| !text.starts_with(['*', '?']);
        let mut weekdays = field(4, weekday)?;
        // Sunday is both 0 and 7.
        weekdays |= (weekdays >> 7) & 1;
        Ok(Self::Calendar(Calendar {
            minutes: field(0, minute)?,
            hours: field(1, hour)?,
            days: field(2, day)?,
            months: field(3, month)?,
            weekdays,
            days_restricted: restricted(day),
            weekdays_restricted: restricted(weekday),
        }))
    }

    /// The first time after `after`, by the clocks of `zone`; `None` if it never comes.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Every(interval) => {
                let whole = Timestamp::from_second(after.as_second()).ok()?;
                whole.checked_add(*interval).ok()
            }
            Self::Calendar(calendar) => {
                let local = after.to_zoned(zone.clone()).datetime();
                let mut from = local;
                loop {
                    let found = calendar.next(from)?;
                    let time = zone.to_ambiguous_zoned(found).compatible().ok()?.timestamp();
                    // Where clocks are set back, a local time may lie before `after` although it reads later.
                    if time > after {
                        return Some(time);
                    }
                    from = found;
                }
            }
        }
    }
}

impl Calendar {
    fn next(&self, after: DateTime) -> Option<DateTime> {
        let start = after.checked_add(1.minute()).ok()?;
        let start = start.with().second(0).subsec_nanosecond(0).build().ok()?;
        let mut date = start.date();
        let mut from = (start.hour(), start.minute());
        for _ in 0..HORIZON_DAYS {
            if self.has_date(date)
                && let Some((hour, minute)) = self.time_from(from)
            {
                return Some(date.at(hour, minute, 0, 0));
            }
            date = date.tomorrow().ok()?;
            from = (0, 0);
        }
        None
    }

    fn has_date(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, Weekday::to_sunday_zero_offset(date.weekday()));
        let either = self.days_restricted && self.weekdays_restricted;
        has(self.months, date.month()) && if either { day || weekday } else { day && weekday }
    }

    /// The first hour and minute of a day at or after this one.
    fn time_from(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        let hours = (hour..24).filter(|candidate| has(self.hours, *candidate));
        hours.into_iter().find_map(|candidate| {
            let first = if candidate == hour { minute } else { 0 };
            (first..60).find(|minute| has(self.minutes, *minute)).map(|minute| (candidate, minute))
        })
    }
}

fn has(bits: u64, number: i8) -> bool {
    bits & (1 << number) != 0
}

/// Reads one field: a list of `*`, numbers, names and ranges, each with an optional step.
fn field(index: usize, text: &str) -> Result<u64, Unreadable> {
    let known = &FIELDS[index];
    let unreadable = || Unreadable::Field {
        field: index + 1,
        name: known.name,
        text: text.to_owned(),
        low: known.low,
        high: known.high,
    };
    let number = |text: &str| -> Option<u32> {
        let word = known.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let number = match word {
            Some(position) => u32::try_from(position).ok()? + known.low,
            None => text.parse().ok()?,
        };
        (known.low..=known.high).contains(&number).then_some(number)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let (first, last) = match range.split_once('-') {
            None if range == "*" || range == "?" => (Some(known.low), Some(known.high)),
            // `5/15` means from 5 on.
            None if step.is_some() => (number(range), Some(known.high)),
            None => (number(range), number(range)),
            Some((first, last)) => (number(first), number(last)),
        };
        let (Some(first), Some(last)) = (first, last) else { return Err(unreadable()) };
        let step: usize = match step.map(str::parse) {
            None => 1,
            Some(Ok(step)) if step > 0 => step,
            Some(_) => return Err(unreadable()),
        };
        if first > last {
            return Err(unreadable());
        }
        bits |= (first..=last).step_by(step).fold(0, |bits, number| bits | 1 << number);
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(schedule: &str, after: &str, expected: Expect) {
        let outcome = match Schedule::parse(schedule) {
            Err(error) => format!("{error}\n"),
            Ok(schedule) => {
                let mut time: Timestamp = after.parse().unwrap();
                let mut lines = String::new();
                for _ in 0..3 {
                    match schedule.next(time, &TimeZone::UTC) {
                        Some(next) => time = next,
                        None => return expected.assert_eq("never\n"),
                    }
                    lines.push_str(&format!("{time}\n"));
                }
                lines
            }
        };
        expected.assert_eq(&outcome);
    }

    const START: &str = "2026-02-27T23:58:30Z";

    #[test]
    fn schedules_come_when_cron_says() {
        check(
            "*/15 * * * *",
            START,
            expect![[r#"
                2026-02-28T00:00:00Z
                2026-02-28T00:15:00Z
                2026-02-28T00:30:00Z
            "#]],
        );
        check(
            "30 9-17/4 * * mon-fri",
            START,
            expect![[r#"
                2026-03-02T09:30:00Z
                2026-03-02T13:30:00Z
                2026-03-02T17:30:00Z
            "#]],
        );
        check(
            "0 0 13 * FRI",
            START,
            expect![[r#"
                2026-03-06T00:00:00Z
                2026-03-13T00:00:00Z
                2026-03-20T00:00:00Z
            "#]],
        );
        check(
            "5 4 29 feb *",
            START,
            expect![[r#"
                2028-02-29T04:05:00Z
                2032-02-29T04:05:00Z
                2036-02-29T04:05:00Z
            "#]],
        );
        check(
            "@weekly",
            START,
            expect![[r#"
                2026-03-01T00:00:00Z
                2026-03-08T00:00:00Z
                2026-03-15T00:00:00Z
            "#]],
        );
        check(
            "0 12 * * 7",
            START,
            expect![[r#"
                2026-03-01T12:00:00Z
                2026-03-08T12:00:00Z
                2026-03-15T12:00:00Z
            "#]],
        );
        check(
            "@every 1h30m",
            START,
            expect![[r#"
                2026-02-28T01:28:30Z
                2026-02-28T02:58:30Z
                2026-02-28T04:28:30Z
            "#]],
        );
        check("0 0 30 2 *", START, expect!["never\n"]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        check(
            "* * * *",
            START,
            expect![[r#"
            expected 5 fields (minute, hour, day of month, month, day of week), found 4
        "#]],
        );
        check(
            "61 * * * *",
            START,
            expect![[r#"
            field 1 (minute): "61" is not a number, range or step between 0 and 59
        "#]],
        );
        check(
            "* 5-3 * * *",
            START,
            expect![[r#"
            field 2 (hour): "5-3" is not a number, range or step between 0 and 23
        "#]],
        );
        check(
            "* * * nope *",
            START,
            expect![[r#"
            field 4 (month): "nope" is not a number, range or step between 1 and 12
        "#]],
        );
        check(
            "*/0 * * * *",
            START,
            expect![[r#"
            field 1 (minute): "*/0" is not a number, range or step between 0 and 59
        "#]],
        );
        check(
            "@sometimes",
            START,
            expect![[r#"
            unknown descriptor "@sometimes": use @hourly, @daily, @weekly, @monthly, @yearly or @every <duration>
        "#]],
        );
    }
}
