//! `addf`, `subf`, `mulf`, `divf`: decimal arithmetic without the errors of binary floats.

use num_bigint::BigInt;

use super::convert::float64;
use crate::template::function::{Arguments, Failure, Function};
use crate::template::value::{Type, Value};

const ANY: Type = Type::Any;
/// Digits after the point that a division yields.
const DIVISION_PLACES: i32 = 16;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("add1f", &[ANY], |_, given| {
        let sum = Decimal::of(given.value(0))?.add(&Decimal { digits: BigInt::from(1), exponent: 0 });
        Ok(Value::Float(sum.float()))
    }),
    Function::variadic("addf", &[], ANY, |_, given| {
        let zero = Decimal { digits: BigInt::ZERO, exponent: 0 };
        fold(zero, given.all(), |sum, value| Ok(sum.add(&value)))
    }),
    Function::variadic("subf", &[ANY], ANY, |_, given| from_first(given, |left, right| Ok(left.add(&right.negated())))),
    Function::variadic("mulf", &[ANY], ANY, |_, given| from_first(given, |left, right| Ok(left.multiply(&right)))),
    Function::variadic("divf", &[ANY], ANY, |_, given| from_first(given, |left, right| left.divide(&right))),
];

fn from_first(
    given: &Arguments<'_>,
    operation: impl Fn(Decimal, Decimal) -> Result<Decimal, Failure>,
) -> Result<Value, Failure> {
    fold(Decimal::of(given.value(0))?, given.from(1), operation)
}

fn fold(
    start: Decimal,
    values: &[Value],
    operation: impl Fn(Decimal, Decimal) -> Result<Decimal, Failure>,
) -> Result<Value, Failure> {
    let result = values.iter().try_fold(start, |result, value| operation(result, Decimal::of(value)?))?;
    Ok(Value::Float(result.float()))
}

/// `digits × 10^exponent`
struct Decimal {
    digits: BigInt,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that is the value as a float.
    fn of(value: &Value) -> Result<Decimal, Failure> {
        let float = float64(value);
        let text = format!("{float:e}");
        let parts = text.split_once('e').and_then(|(mantissa, exponent)| {
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let places = i32::try_from(fraction.len()).ok()?;
            let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
            Some(Decimal { digits, exponent: exponent.parse::<i32>().ok()? - places })
        });
        parts.ok_or_else(|| {
            Failure::message(format!("Cannot create a Decimal from {}", crate::template::format::float_text(float)))
        })
    }

    /// The same number with a smaller exponent.
    fn rescaled(&self, exponent: i32) -> BigInt {
        let places = u32::try_from(self.exponent - exponent).unwrap_or_default();
        &self.digits * BigInt::from(10).pow(places)
    }

    fn add(&self, other: &Decimal) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        Decimal { digits: self.rescaled(exponent) + other.rescaled(exponent), exponent }
    }

    fn negated(self) -> Decimal {
        Decimal { digits: -self.digits, exponent: self.exponent }
    }

    fn multiply(&self, other: &Decimal) -> Decimal {
        Decimal { digits: &self.digits * &other.digits, exponent: self.exponent + other.exponent }
    }

    /// To sixteen places, halves away from zero.
    fn divide(&self, other: &Decimal) -> Result<Decimal, Failure> {
        if other.digits == BigInt::ZERO {
            return Err(Failure::message("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let power = BigInt::from(10).pow(shift.unsigned_abs());
        let (dividend, divisor) = if shift >= 0 {
            (&self.digits * power, other.digits.clone())
        } else {
            (self.digits.clone(), &other.digits * power)
        };
        let quotient = &dividend / &divisor;
        let remainder = &dividend % &divisor;
        let twice: BigInt = remainder * 2;
        let up = twice.magnitude() >= divisor.magnitude();
        let negative = (dividend.sign() == num_bigint::Sign::Minus) != (divisor.sign() == num_bigint::Sign::Minus);
        let digits = match (up, negative) {
            (false, _) => quotient,
            (true, true) => quotient - 1,
            (true, false) => quotient + 1,
        };
        Ok(Decimal { digits, exponent: -DIVISION_PLACES })
    }

    /// The nearest float.
    fn float(&self) -> f64 {
        // Any text of that form is a float.
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or_default()
    }
}
