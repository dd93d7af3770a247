//! Parts of times and durations, which the interpreter tells in the zone that a time is written in, and not in any other.

use chrono::{DateTime, Datelike as _, FixedOffset, TimeDelta, Timelike as _};
use kube_cel::cel::extractors::{Arguments, This};
use kube_cel::cel::{Context, ExecutionError, Value};

/// A part of a time, counted as CEL does: months, and days of the month and of the year, from nought.
type OfTime = fn(&DateTime<FixedOffset>) -> u32;

/// How much a duration is as a whole.
type OfDuration = fn(&TimeDelta) -> i64;

/// Gives a library what tells of times.
pub(crate) fn add(library: &mut Context<'static>) {
    let dates: [(&str, OfTime); 5] = [
        ("getMonth", |time| time.month0()),
        ("getDayOfYear", |time| time.ordinal0()),
        ("getDayOfMonth", |time| time.day0()),
        ("getDate", |time| time.day()),
        ("getDayOfWeek", |time| time.weekday().num_days_from_sunday()),
    ];
    for (name, part) in dates {
        let get = move |This(of): This<Value>, zone: Arguments| part_of_time(&of, &zone, |time| part(time).into());
        library.add_function(name, get);
    }
    let year = |This(of): This<Value>, zone: Arguments| part_of_time(&of, &zone, |time| time.year().into());
    library.add_function("getFullYear", year);
    let clocks: [(&str, OfTime, OfDuration); 4] = [
        ("getHours", |time| time.hour(), TimeDelta::num_hours),
        ("getMinutes", |time| time.minute(), TimeDelta::num_minutes),
        ("getSeconds", |time| time.second(), TimeDelta::num_seconds),
        ("getMilliseconds", |time| time.timestamp_subsec_millis(), TimeDelta::num_milliseconds),
    ];
    for (name, part, whole) in clocks {
        let get = move |This(of): This<Value>, zone: Arguments| match &of {
            Value::Duration(span) => Ok(Value::Int(whole(span))),
            other => part_of_time(other, &zone, |time| part(time).into()),
        };
        library.add_function(name, get);
    }
}

fn part_of_time(
    value: &Value,
    zone: &Arguments,
    part: impl Fn(&DateTime<FixedOffset>) -> i64,
) -> Result<Value, ExecutionError> {
    let Value::Timestamp(time) = value else { return Err(ExecutionError::NoSuchOverload) };
    let offset = match zone.0.first() {
        None => FixedOffset::east_opt(0),
        Some(Value::String(zone)) => offset(zone),
        Some(_) => return Err(ExecutionError::NoSuchOverload),
    };
    let unknown = || ExecutionError::function_error("timezone", format!("unknown time zone {:?}", zone.0.first()));
    Ok(Value::Int(part(&time.with_timezone(&offset.ok_or_else(unknown)?))))
}

/// `UTC`, or an offset such as `-01:30`. Zones with a history of their own are not known here.
fn offset(zone: &str) -> Option<FixedOffset> {
    if matches!(zone, "" | "UTC") {
        return FixedOffset::east_opt(0);
    }
    let (hours, minutes) = zone.split_once(':')?;
    let seconds =
        3600 * hours.trim_start_matches(['+', '-']).parse::<i32>().ok()? + 60 * minutes.parse::<i32>().ok()?;
    FixedOffset::east_opt(if hours.starts_with('-') { -seconds } else { seconds })
}
