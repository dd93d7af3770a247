//! Numbers without rounding: 0.3 is a multiple of 0.1.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use serde_json::Number;

use crate::template::format::float;

/// A decimal number, exactly as its shortest text has it: `digits × 10^exponent`.
#[derive(Debug, Clone)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

impl Decimal {
    pub(super) fn of(number: &Number) -> Decimal {
        if let Some(integer) = number.as_i64() {
            return Decimal { digits: integer.into(), exponent: 0 };
        }
        if let Some(integer) = number.as_u64() {
            return Decimal { digits: integer.into(), exponent: 0 };
        }
        // `1.5e-7`: digits and exponent of the shortest text that is this float.
        let text = format!("{:e}", number.as_f64().unwrap_or_default());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let behind_point = i32::try_from(fraction.len()).unwrap_or_default();
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        Decimal { digits, exponent: exponent - behind_point }
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0 || &self.digits % power(self.exponent) == BigInt::ZERO
    }

    /// Whether dividing gives an integer; everything is a multiple of zero, which schemas cannot ask for.
    pub(super) fn is_multiple_of(&self, other: &Decimal) -> bool {
        let (own, other) = self.aligned(other);
        other.sign() == Sign::NoSign || own % other == BigInt::ZERO
    }

    pub(super) fn is_positive(&self) -> bool {
        self.digits.sign() == Sign::Plus
    }

    /// Both as integers of the same unit.
    fn aligned(&self, other: &Decimal) -> (BigInt, BigInt) {
        let unit = self.exponent.min(other.exponent);
        let scaled = |number: &Decimal| &number.digits * power(number.exponent - unit);
        (scaled(self), scaled(other))
    }

    pub(super) fn to_f64(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or_default()
    }
}

/// Ten to the exponent, without its sign.
fn power(exponent: i32) -> BigInt {
    BigInt::from(10).pow(exponent.unsigned_abs())
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let (own, other) = self.aligned(other);
        own.cmp(&other)
    }
}

/// A number as an English text has it: `1,234.5`, and `1.5 × 10⁰⁷` with narrow spaces from a million on.
pub(super) fn english(number: f64) -> String {
    let text = float::format(number, 'g', None);
    match text.split_once('e') {
        None => grouped(&text),
        Some((mantissa, exponent)) => {
            let raised = exponent.chars().filter_map(|character| match character {
                '-' => Some('⁻'),
                digit => {
                    digit.to_digit(10).map(|digit| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize])
                }
            });
            format!("{mantissa}\u{202f}×\u{202f}10{}", raised.collect::<String>())
        }
    }
}

/// A count with a comma before every three digits.
pub(super) fn count(count: usize) -> String {
    grouped(&count.to_string())
}

fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decimal(json: serde_json::Value) -> Decimal {
        Decimal::of(json.as_number().unwrap())
    }

    #[test]
    fn decimals_are_exact() {
        assert!(decimal(json!(0.3)).is_multiple_of(&decimal(json!(0.1))));
        assert!(decimal(json!(1e300)).is_multiple_of(&decimal(json!(1e-300))));
        assert!(!decimal(json!(7)).is_multiple_of(&decimal(json!(2))));
        assert!(decimal(json!(-4)).is_multiple_of(&decimal(json!(2.0))));
        assert!(
            decimal(json!(1.0)).is_integer() && decimal(json!(1e20)).is_integer() && !decimal(json!(1.5)).is_integer()
        );
        assert_eq!(decimal(json!(1.0)), decimal(json!(1)));
        assert!(decimal(json!(9_007_199_254_740_993_u64)) > decimal(json!(9_007_199_254_740_992_u64)));
        assert!(decimal(json!(-1.5)) < decimal(json!(-1)));
    }

    #[test]
    fn numbers_are_written_as_in_english() {
        for (number, expected) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (999.0, "999"),
            (1234.5, "1,234.5"),
            (-999_999.5, "-999,999.5"),
            (1e6, "1\u{202f}×\u{202f}10⁰⁶"),
            (-12_345_678.9, "-1.23456789\u{202f}×\u{202f}10⁰⁷"),
            (1e100, "1\u{202f}×\u{202f}10¹⁰⁰"),
            (0.0001, "0.0001"),
            (0.000012345, "1.2345\u{202f}×\u{202f}10⁻⁰⁵"),
        ] {
            assert_eq!(english(number), expected);
        }
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
