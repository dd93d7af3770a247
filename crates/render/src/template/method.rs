//! Methods of values.

use super::function::{Arguments, Call, Failure};
use super::value::{Method, Signed, Type, Value};

/// The method of a value, if it has one of that name.
pub(crate) fn of(value: &Value, name: &str) -> Option<Method> {
    match value {
        Value::Map(map) => map.named()?.method(name),
        Value::List(list) => list.named()?.method(name),
        Value::Object(object) => object.method(name),
        Value::Time(_) => of_time(name),
        Value::Duration(_) => of_duration(name),
        _ => None,
    }
}

fn of_time(name: &str) -> Option<Method> {
    let plain = |body| Some(Method { parameters: &[], body });
    match name {
        "Unix" => plain(|_, time, _| number(time, |time| time.zoned().timestamp().as_second())),
        "UnixMilli" => plain(|_, time, _| number(time, |time| time.zoned().timestamp().as_millisecond())),
        "UnixMicro" => plain(|_, time, _| number(time, |time| time.zoned().timestamp().as_microsecond())),
        "UnixNano" => plain(|_, time, _| {
            number(time, |time| i64::try_from(time.zoned().timestamp().as_nanosecond()).unwrap_or(i64::MAX))
        }),
        "Year" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().year()))),
        "Day" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().day()))),
        "YearDay" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().day_of_year()))),
        "Hour" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().hour()))),
        "Minute" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().minute()))),
        "Second" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().second()))),
        "Nanosecond" => plain(|_, time, _| part(time, |time| i64::from(time.zoned().subsec_nanosecond()))),
        "UTC" => plain(|_, time, _| {
            let Value::Time(time) = time else { return Err(not_a("time.Time")) };
            Ok(Value::Time(time.in_zone(jiff::tz::TimeZone::UTC)))
        }),
        "String" => plain(|_, time, _| {
            let Value::Time(time) = time else { return Err(not_a("time.Time")) };
            Ok(Value::string(time.to_string()))
        }),
        "Format" => Some(Method { parameters: &[Type::String], body: format_time }),
        "Add" => Some(Method { parameters: &[Type::Duration], body: add_to_time }),
        "AddDate" => Some(Method { parameters: &[Type::Int, Type::Int, Type::Int], body: add_date }),
        _ => None,
    }
}

fn of_duration(name: &str) -> Option<Method> {
    let plain = |body| Some(Method { parameters: &[], body });
    match name {
        "Seconds" => plain(|_, duration, _| Ok(Value::Float(nanoseconds(duration) as f64 / 1e9))),
        "Minutes" => plain(|_, duration, _| Ok(Value::Float(nanoseconds(duration) as f64 / 6e10))),
        "Hours" => plain(|_, duration, _| Ok(Value::Float(nanoseconds(duration) as f64 / 3.6e12))),
        "Nanoseconds" => plain(|_, duration, _| Ok(Value::int64(nanoseconds(duration)))),
        "Microseconds" => plain(|_, duration, _| Ok(Value::int64(nanoseconds(duration) / 1_000))),
        "Milliseconds" => plain(|_, duration, _| Ok(Value::int64(nanoseconds(duration) / 1_000_000))),
        "String" => plain(|_, duration, _| Ok(Value::string(manifest::duration::text(nanoseconds(duration))))),
        _ => None,
    }
}

fn nanoseconds(value: &Value) -> i64 {
    match value {
        Value::Duration(nanoseconds) => *nanoseconds,
        _ => 0,
    }
}

fn not_a(of: &str) -> Failure {
    Failure::message(format!("the receiver is not a {of}"))
}

fn number(value: &Value, of: impl Fn(&super::value::Time) -> i64) -> Result<Value, Failure> {
    let Value::Time(time) = value else { return Err(not_a("time.Time")) };
    Ok(Value::Int(Signed::Int64, of(time)))
}

fn part(value: &Value, of: impl Fn(&super::value::Time) -> i64) -> Result<Value, Failure> {
    let Value::Time(time) = value else { return Err(not_a("time.Time")) };
    Ok(Value::int(of(time)))
}

fn format_time(call: &mut Call<'_>, receiver: &Value, arguments: &Arguments<'_>) -> Result<Value, Failure> {
    let Value::Time(time) = receiver else { return Err(not_a("time.Time")) };
    let text = time.format(&arguments.string(0));
    super::function::text(call, text)
}

fn add_to_time(_: &mut Call<'_>, receiver: &Value, arguments: &Arguments<'_>) -> Result<Value, Failure> {
    let Value::Time(time) = receiver else { return Err(not_a("time.Time")) };
    Ok(Value::Time(time.plus_nanoseconds(arguments.int(0))))
}

fn add_date(_: &mut Call<'_>, receiver: &Value, arguments: &Arguments<'_>) -> Result<Value, Failure> {
    let Value::Time(time) = receiver else { return Err(not_a("time.Time")) };
    Ok(Value::Time(time.plus_date(arguments.int(0), arguments.int(1), arguments.int(2))))
}
