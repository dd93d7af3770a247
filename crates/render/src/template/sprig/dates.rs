//! Dates and durations.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

use super::arithmetic::decimal_int;
use super::parse_dates;
use crate::template::duration;
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{Signed, Time, Type, Value};

const ANY: Type = Type::Any;
const S: Type = Type::String;
const T: Type = Type::Time;
const SECOND: i64 = 1_000_000_000;
const DAY: &str = "2006-01-02";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("now", &[], |call, _| Ok(Value::Time(now(call)))),
    Function::new("date", &[S, ANY], |call, given| {
        let zone = call.run.environment.zone.clone();
        show(call, &given.string(0), given.value(1), zone)
    }),
    Function::new("dateInZone", &[S, ANY, S], date_in_zone),
    Function::new("date_in_zone", &[S, ANY, S], date_in_zone),
    Function::new("htmlDate", &[ANY], |call, given| {
        let zone = call.run.environment.zone.clone();
        show(call, DAY, given.value(0), zone)
    }),
    Function::new("htmlDateInZone", &[ANY, S], |call, given| {
        let zone = zone(call, &given.string(1));
        show(call, DAY, given.value(0), zone)
    }),
    Function::new("dateModify", &[S, T], |_, given| Ok(modify(given).unwrap_or_else(|_| given.value(1).clone()))),
    Function::new("date_modify", &[S, T], |_, given| Ok(modify(given).unwrap_or_else(|_| given.value(1).clone()))),
    Function::new("mustDateModify", &[S, T], |_, given| modify(given)),
    Function::new("must_date_modify", &[S, T], |_, given| modify(given)),
    Function::new("ago", &[ANY], |call, given| {
        let then = moment(call, given.value(0));
        let nanoseconds = since(call, &then);
        let rounded = round_to(nanoseconds, SECOND);
        text(call, manifest::duration::text(rounded))
    }),
    Function::new("duration", &[ANY], |call, given| {
        let seconds = match given.value(0) {
            Value::String(digits) => decimal_int(&digits.lossy()).unwrap_or_default(),
            Value::Int(Signed::Int64, seconds) => *seconds,
            _ => 0,
        };
        text(call, manifest::duration::text(seconds.wrapping_mul(SECOND)))
    }),
    Function::new("durationRound", &[ANY], |call, given| {
        let nanoseconds = match given.value(0) {
            Value::String(written) => duration::parse(&written.lossy()).unwrap_or_default(),
            Value::Int(Signed::Int64, nanoseconds) => *nanoseconds,
            Value::Time(then) => since(call, then),
            _ => 0,
        };
        text(call, largest_unit(nanoseconds.unsigned_abs()))
    }),
    Function::new("toDate", &[S, S], |call, given| {
        let parsed = parse_dates::parse(&given.string(0), &given.string(1), &call.run.environment.zone);
        Ok(Value::Time(parsed.unwrap_or_else(|_| zero())))
    }),
    Function::new("mustToDate", &[S, S], |call, given| {
        let parsed = parse_dates::parse(&given.string(0), &given.string(1), &call.run.environment.zone);
        parsed.map(Value::Time).map_err(Failure::Message)
    }),
    Function::new("unixEpoch", &[T], |call, given| match given.value(0) {
        Value::Time(time) => text(call, time.zoned().timestamp().as_second().to_string()),
        _ => text(call, "0"),
    }),
];

fn now(call: &Call<'_>) -> Time {
    let environment = &call.run.environment;
    Time::new(environment.now.to_zoned(environment.zone.clone()))
}

/// Go's zero time, the start of year one.
fn zero() -> Time {
    let start = Timestamp::from_second(-62_135_596_800).unwrap_or(Timestamp::UNIX_EPOCH);
    Time::new(start.to_zoned(TimeZone::UTC))
}

/// A date, or seconds of Unix time; now for anything else.
fn moment(call: &Call<'_>, value: &Value) -> Time {
    match value {
        Value::Time(time) => time.clone(),
        Value::Int(_, seconds) => match Timestamp::from_second(*seconds) {
            Ok(timestamp) => Time::new(timestamp.to_zoned(TimeZone::UTC)),
            Err(_) => zero(),
        },
        _ => now(call),
    }
}

/// A zone by its name; UTC if there is none.
fn zone(call: &Call<'_>, name: &str) -> TimeZone {
    match name {
        "" | "UTC" => TimeZone::UTC,
        "Local" => call.run.environment.zone.clone(),
        name => TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC),
    }
}

fn date_in_zone(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let zone = zone(call, &given.string(2));
    show(call, &given.string(0), given.value(1), zone)
}

fn show(call: &mut Call<'_>, layout: &str, value: &Value, zone: TimeZone) -> Result<Value, Failure> {
    let shown = moment(call, value).in_zone(zone).format(layout);
    text(call, shown)
}

fn modify(given: &Arguments<'_>) -> Result<Value, Failure> {
    let nanoseconds = duration::parse(&given.string(0)).map_err(Failure::Message)?;
    match given.value(1) {
        Value::Time(time) => Ok(Value::Time(time.plus_nanoseconds(nanoseconds))),
        other => Ok(other.clone()),
    }
}

/// Nanoseconds from then to now.
fn since(call: &Call<'_>, then: &Time) -> i64 {
    let zoned: &Zoned = then.zoned();
    let nanoseconds = call.run.environment.now.as_nanosecond() - zoned.timestamp().as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// To a multiple of `unit`, halves away from zero.
pub(crate) fn round_to(value: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return value;
    }
    let remainder = value % unit;
    let down = value - remainder;
    if remainder.unsigned_abs() * 2 < unit.unsigned_abs() { down } else { down.saturating_add(unit * value.signum()) }
}

/// The number of the largest units: `3mo`.
fn largest_unit(nanoseconds: u64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    const UNITS: [(u64, &str); 6] = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    match UNITS.iter().find(|(unit, _)| nanoseconds > *unit) {
        Some((unit, name)) => format!("{}{name}", nanoseconds / unit),
        None => "0s".to_owned(),
    }
}
