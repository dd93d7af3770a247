//! Whole numbers, rounding, sequences.

use super::convert::{float64, int64};
use super::lists;
use crate::template::format;
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{Type, Value};

const ANY: Type = Type::Any;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("atoi", &[Type::String], |_, given| Ok(Value::int(decimal_int(&given.string(0)).unwrap_or(0)))),
    Function::new("int64", &[ANY], |_, given| Ok(Value::int64(int64(given.value(0))))),
    Function::new("int", &[ANY], |_, given| Ok(Value::int(int64(given.value(0))))),
    Function::new("float64", &[ANY], |_, given| Ok(Value::Float(float64(given.value(0))))),
    Function::new("toDecimal", &[ANY], to_decimal),
    Function::new("add1", &[ANY], |_, given| Ok(Value::int64(int64(given.value(0)).wrapping_add(1)))),
    Function::variadic("add", &[], ANY, |_, given| {
        Ok(Value::int64(given.all().iter().map(int64).fold(0, i64::wrapping_add)))
    }),
    Function::new("sub", &[ANY, ANY], |_, given| {
        Ok(Value::int64(int64(given.value(0)).wrapping_sub(int64(given.value(1)))))
    }),
    Function::new("div", &[ANY, ANY], |_, given| divide(given, i64::wrapping_div)),
    Function::new("mod", &[ANY, ANY], |_, given| divide(given, i64::wrapping_rem)),
    Function::variadic("mul", &[ANY], ANY, |_, given| {
        Ok(Value::int64(given.all().iter().map(int64).fold(1, i64::wrapping_mul)))
    }),
    Function::variadic("max", &[ANY], ANY, |_, given| extreme(given, i64::max)),
    Function::variadic("biggest", &[ANY], ANY, |_, given| extreme(given, i64::max)),
    Function::variadic("min", &[ANY], ANY, |_, given| extreme(given, i64::min)),
    Function::variadic("maxf", &[ANY], ANY, |_, given| extreme_float(given, f64::max)),
    Function::variadic("minf", &[ANY], ANY, |_, given| extreme_float(given, f64::min)),
    Function::new("ceil", &[ANY], |_, given| Ok(Value::Float(float64(given.value(0)).ceil()))),
    Function::new("floor", &[ANY], |_, given| Ok(Value::Float(float64(given.value(0)).floor()))),
    Function::variadic("round", &[ANY, Type::Int], Type::Float, |_, given| Ok(round(given))),
    Function::variadic("seq", &[], Type::Int, sequence),
    Function::new("randInt", &[Type::Int, Type::Int], |call, given| {
        let (low, high) = (given.int(0), given.int(1));
        let bound = high.checked_sub(low).and_then(|bound| u64::try_from(bound).ok()).filter(|bound| *bound > 0);
        let bound = bound.ok_or_else(|| Failure::message("invalid argument to Intn"))?;
        Ok(Value::int(low.wrapping_add(call.random_below(bound).cast_signed())))
    }),
];

/// Go's `strconv.Atoi`.
pub(super) fn decimal_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The digits of the value as an octal number.
fn to_decimal(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let digits = format::display(given.value(0));
    let digits = String::from_utf8_lossy(&digits);
    Ok(Value::int64(i64::from_str_radix(&digits, 8).unwrap_or_default()))
}

fn divide(given: &Arguments<'_>, operation: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    match int64(given.value(1)) {
        0 => Err(Failure::message("runtime error: integer divide by zero")),
        divisor => Ok(Value::int64(operation(int64(given.value(0)), divisor))),
    }
}

fn extreme(given: &Arguments<'_>, of: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    Ok(Value::int64(given.all().iter().map(int64).reduce(of).unwrap_or_default()))
}

fn extreme_float(given: &Arguments<'_>, of: fn(f64, f64) -> f64) -> Result<Value, Failure> {
    Ok(Value::Float(given.all().iter().map(float64).reduce(of).unwrap_or_default()))
}

/// To a number of places; what is cut off is rounded up from the last argument on, which is a half unless given.
fn round(given: &Arguments<'_>) -> Value {
    let from = given.from(2).first().map_or(0.5, float64);
    let power = 10f64.powf(given.int(1) as f64);
    let shifted = power * float64(given.value(0));
    let rounded = if shifted.fract() >= from { shifted.ceil() } else { shifted.floor() };
    Value::Float(rounded / power)
}

/// Numbers with spaces between them, like `seq` of a shell: end; start and end; start, step and end.
fn sequence(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let numbers: Vec<i64> = given.all().iter().map(int64).collect();
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match numbers[..] {
        [end] => (1, end, direction(1, end)),
        [start, end] => (start, end, direction(start, end)),
        [start, step, end] if end < start && step > 0 => return text(call, ""),
        [start, step, end] => (start, end, step),
        _ => return text(call, ""),
    };
    let items = lists::range(call, start, end.saturating_add(direction(start, end)), step)?;
    let shown: Vec<String> = items.iter().map(i64::to_string).collect();
    text(call, shown.join(" "))
}
