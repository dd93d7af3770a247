//! Moments in time.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Zoned};

use crate::template::layout;

/// Go's `time.Time`: a moment and the zone it is shown in.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    zoned: Zoned,
}

impl Time {
    /// A moment in its zone.
    pub fn new(zoned: Zoned) -> Time {
        Time { zoned }
    }

    /// The moment in its zone.
    pub fn zoned(&self) -> &Zoned {
        &self.zoned
    }

    /// The same moment in another zone.
    #[must_use]
    pub fn in_zone(&self, zone: TimeZone) -> Time {
        Time { zoned: self.zoned.with_time_zone(zone) }
    }

    /// The moment in a Go layout such as `2006-01-02`.
    pub fn format(&self, layout: &str) -> String {
        layout::format(&self.zoned, layout)
    }

    /// `2006-01-02T15:04:05.999999999Z07:00`, as JSON has it.
    pub fn rfc3339(&self) -> String {
        self.format("2006-01-02T15:04:05.999999999Z07:00")
    }

    /// The moment that much later; at the end of time if there is none.
    #[must_use]
    pub fn plus_nanoseconds(&self, nanoseconds: i64) -> Time {
        let zoned = self.zoned.saturating_add(SignedDuration::from_nanos(nanoseconds));
        Time { zoned }
    }

    /// The moment that many years, months and days later; days beyond the end of a month run into the next one.
    #[must_use]
    pub fn plus_date(&self, years: i64, months: i64, days: i64) -> Time {
        let months = years.saturating_mul(12).saturating_add(months);
        let date = self.zoned.date();
        let total = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
        let total = total.saturating_add(months);
        let year = i16::try_from(total.div_euclid(12)).unwrap_or(9999).clamp(-9998, 9998);
        // A remainder of twelve is a month.
        let month = (total.rem_euclid(12) + 1) as i8;
        let first = jiff::civil::date(year, month, 1).at(
            self.zoned.hour(),
            self.zoned.minute(),
            self.zoned.second(),
            self.zoned.subsec_nanosecond(),
        );
        let days = days.saturating_add(i64::from(date.day()) - 1).clamp(-4_000_000, 4_000_000);
        let moved = first.saturating_add(Span::new().days(days));
        match moved.to_zoned(self.zoned.time_zone().clone()) {
            Ok(zoned) => Time { zoned },
            Err(_) => self.clone(),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
