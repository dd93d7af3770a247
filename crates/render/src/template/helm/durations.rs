//! Durations in units, as Helm adds them.

use crate::template::duration;
use crate::template::error::Failure;
use crate::template::format::float;
use crate::template::function::{Call, Function, text};
use crate::template::sprig::round_to;
use crate::template::value::{Type, Value};

const ANY: Type = Type::Any;
const SECOND: f64 = 1e9;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("mustToDuration", &[ANY], |_, given| {
        duration_of(given.value(0)).map(Value::Duration).map_err(Failure::Message)
    }),
    Function::new("durationNanoseconds", &[ANY], |_, given| Ok(Value::int64(lenient(given.value(0))))),
    Function::new("durationMicroseconds", &[ANY], |_, given| Ok(Value::int64(lenient(given.value(0)) / 1_000))),
    Function::new("durationMilliseconds", &[ANY], |_, given| Ok(Value::int64(lenient(given.value(0)) / 1_000_000))),
    Function::new("durationSeconds", &[ANY], |_, given| Ok(in_units(given.value(0), SECOND))),
    Function::new("durationMinutes", &[ANY], |_, given| Ok(in_units(given.value(0), SECOND * 60.0))),
    Function::new("durationHours", &[ANY], |_, given| Ok(in_units(given.value(0), SECOND * 3_600.0))),
    Function::new("durationDays", &[ANY], |_, given| Ok(in_units(given.value(0), SECOND * 86_400.0))),
    Function::new("durationWeeks", &[ANY], |_, given| Ok(in_units(given.value(0), SECOND * 604_800.0))),
    Function::new("durationRoundTo", &[ANY, ANY], |call, given| {
        let rounded = round_to(lenient(given.value(0)), lenient(given.value(1)));
        shown(call, rounded)
    }),
    Function::new("durationTruncateTo", &[ANY, ANY], |call, given| {
        let (value, unit) = (lenient(given.value(0)), lenient(given.value(1)));
        shown(call, if unit > 0 { value - value % unit } else { value })
    }),
];

fn shown(call: &mut Call<'_>, nanoseconds: i64) -> Result<Value, Failure> {
    text(call, manifest::duration::text(nanoseconds))
}

fn in_units(value: &Value, unit: f64) -> Value {
    Value::Float(lenient(value) as f64 / unit)
}

/// Nanoseconds; none for what is no duration.
fn lenient(value: &Value) -> i64 {
    duration_of(value).unwrap_or_default()
}

/// Nanoseconds of a duration, of a text like `1m30s`, or of a number of seconds.
fn duration_of(value: &Value) -> Result<i64, String> {
    match value {
        Value::Duration(nanoseconds) => Ok(*nanoseconds),
        Value::Int(_, seconds) => seconds.checked_mul(1_000_000_000).ok_or_else(|| "duration overflow".to_owned()),
        Value::Uint(_, seconds) => Ok((*seconds as f64 * SECOND) as i64),
        Value::Float(seconds) => Ok((seconds * SECOND) as i64),
        Value::String(written) => {
            let written = written.lossy();
            let written = written.trim();
            if written.is_empty() {
                return Err("empty duration".to_owned());
            }
            match float::parse(written) {
                Some(seconds) => Ok((seconds * SECOND) as i64),
                None => duration::parse(written),
            }
        }
        other => Err(format!("unsupported duration type {}", other.type_name())),
    }
}
